"""The shell of every page: one HTML file that fetches nothing."""

import html
import os
import pathlib

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
