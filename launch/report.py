"""Draws the page of a finished run, or the gallery of all augmentations.

python launch/report.py --workdir=runs/quickstart
python launch/report.py --gallery=runs/gallery.html
python launch/report.py --compare=runs/robust/pgd,runs/robust/trades --workdir=runs/robust
"""

import pathlib

import command_line
from absl import flags

GALLERY = flags.DEFINE_string('gallery', None, 'HTML file to draw every op, policy and mixing into.')
COMPARE = flags.DEFINE_list('compare', [], 'Workdirs of several seeds each (launch/train.py --seeds), to set side by side.')
BASELINE = flags.DEFINE_string(
  'baseline', '', 'With --compare: the arm that the others are compared with; the first if empty.'
)


def main():
  from jaxaug import evaluate, report, tracking
  from jaxaug.types import InputError

  if COMPARE.value:
    if not command_line.WORKDIR.value:
      raise InputError('--workdir: names no folder for the page')
    found = evaluate.compare_workdirs(COMPARE.value, BASELINE.value)
    print(evaluate.seeds_table(found))
    folder = pathlib.Path(command_line.WORKDIR.value)
    folder.mkdir(parents=True, exist_ok=True)
    tracking.write_json(folder / 'seeds.json', found)
    print(f'page: {report.write_seeds(folder)}')
    return
  if not (command_line.WORKDIR.value or GALLERY.value):
    raise InputError('give --workdir=<a finished run> or --gallery=<file.html>')
  if GALLERY.value:
    print(f'page: {report.gallery(GALLERY.value)}')
  if command_line.WORKDIR.value:
    print(f'page: {report.write(command_line.WORKDIR.value)}')


if __name__ == '__main__':
  command_line.run(main)
