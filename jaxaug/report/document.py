"""The shell of every page, one HTML file that fetches nothing, and what its sections are made of."""

import html
import os
import pathlib
from collections.abc import Mapping, Sequence

STYLE = pathlib.Path(__file__).with_name('page.css')


def save(path: str | os.PathLike, title: str, body: str) -> pathlib.Path:
  """Writes a page; a reader never sees half of one.

  Args:
    path: of the file.
    title: plain text.
    body: HTML of the main part.

  Returns:
    The path.
  """
  path = pathlib.Path(path)
  page = (
    f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, '
    f'initial-scale=1">\n<meta name="color-scheme" content="light dark">\n<title>{html.escape(title)} · jaxaug</title>\n'
    f'<style>\n{STYLE.read_text()}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n'
  )
  path.parent.mkdir(parents=True, exist_ok=True)
  partial = path.with_name(path.name + '.partial')
  partial.write_text(page)
  os.replace(partial, path)
  return path


def findings(lines: Sequence[str]) -> str:
  """Short findings, one under the other.

  Args:
    lines: HTML of each.

  Returns:
    HTML text; '' without lines.
  """
  return f'<ul class="findings">{"".join(f"<li>{line}</li>" for line in lines)}</ul>' if lines else ''


def percent(interval: Mapping) -> str:
  """An accuracy with its interval.

  Args:
    interval: `value`, `low`, `high` in [0, 1].

  Returns:
    HTML text, in percent.
  """
  return f'<b>{100 * interval["value"]:.1f}%</b> <small>{100 * interval["low"]:.1f} to {100 * interval["high"]:.1f}</small>'


def table(head: Sequence[str], rows: Sequence[Sequence[str]], kind: str = '') -> str:
  """A table that scrolls by itself where the page is too narrow.

  Args:
    head: HTML of the first row's cells.
    rows: HTML of the others' cells; the first of each is its name.
    kind: its class in the page's style.

  Returns:
    HTML text.
  """
  first = ''.join(f'<th>{cell}</th>' for cell in head)
  rest = ''.join(f'<tr><th>{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, *cells in rows)
  return (
    f'<div class="scroll"><table{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}><tr>{first}</tr>{rest}</table></div>'
  )


def section(title: str, body: str, note: str = '') -> str:
  """A part of the page under a heading.

  Args:
    title: plain text.
    body: HTML.
    note: HTML of the paragraph between them; '' is none.

  Returns:
    HTML text.
  """
  return f'<section>\n<h2>{html.escape(title)}</h2>\n{f"<p>{note}</p>" if note else ""}{body}\n</section>\n'
