"""Trains a generator on the train split, gates and mixes what it draws, and says whether that helps on untouched test rows.

python launch/synthesize.py --config=configs/synthesize/digits_rare_class.py --workdir=runs/synthesize/digits_rare_class
"""

import command_line
from absl import flags

CONFIG = command_line.define_config()
CPU_DEVICES = flags.DEFINE_integer(
  'cpu_devices', 0, 'Into how many devices a CPU is cut; 0 is a power of two up to the cores and 8.'
)
REPORT = flags.DEFINE_bool('report', True, 'Whether to write report.html into the workdir.')


def main():
  from jaxaug import parallel, report, synthesize

  parallel.initialize(CPU_DEVICES.value)
  workdir = command_line.WORKDIR.value
  try:
    results = synthesize.verdict(CONFIG.value, workdir)
  except synthesize.ReviewNeeded:
    report.write_review(workdir)
    raise
  if parallel.is_main():
    print(synthesize.verdict_table(results))
    if REPORT.value:
      print(f'page: {report.write_verdict(workdir)}')
  parallel.shutdown()


if __name__ == '__main__':
  command_line.run(main, 'config', 'workdir')
