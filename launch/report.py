"""Draws the page of a finished run.

python launch/report.py --workdir=runs/quickstart
"""

import command_line


def main():
  from jaxaug import report

  print(f'page: {report.write(command_line.WORKDIR.value)}')


if __name__ == '__main__':
  command_line.run(main, 'workdir')
