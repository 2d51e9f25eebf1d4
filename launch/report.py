"""Draws the page of a finished run, or the gallery of all augmentations.

python launch/report.py --workdir=runs/quickstart
python launch/report.py --gallery=runs/gallery.html
"""

import command_line
from absl import flags

GALLERY = flags.DEFINE_string('gallery', None, 'HTML file to draw every op, policy and mixing into.')


def main():
  from jaxaug import report
  from jaxaug.types import InputError

  if not (command_line.WORKDIR.value or GALLERY.value):
    raise InputError('give --workdir=<a finished run> or --gallery=<file.html>')
  if GALLERY.value:
    print(f'page: {report.gallery(GALLERY.value)}')
  if command_line.WORKDIR.value:
    print(f'page: {report.write(command_line.WORKDIR.value)}')


if __name__ == '__main__':
  command_line.run(main)
