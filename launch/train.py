"""Trains and evaluates what a config describes, then draws the page.

python launch/train.py --config=configs/quickstart.py --workdir=runs/quickstart --config.train.steps=200
"""

import command_line
from absl import flags

CONFIG = command_line.define_config()
CPU_DEVICES = flags.DEFINE_integer(
  'cpu_devices', 0, 'Into how many devices a CPU is cut; 0 is a power of two up to the cores and 8.'
)
REPORT = flags.DEFINE_bool('report', True, 'Whether to write report.html into the workdir.')


def main():
  from jaxaug import evaluate, parallel, report, train

  parallel.initialize(CPU_DEVICES.value)
  results = train.fit(CONFIG.value, command_line.WORKDIR.value)
  if parallel.is_main():
    print(evaluate.table(results))
    if REPORT.value:
      print(f'page: {report.write(command_line.WORKDIR.value)}')
  parallel.shutdown()


if __name__ == '__main__':
  command_line.run(main, 'config', 'workdir')
