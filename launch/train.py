"""Trains and evaluates what a config describes, then draws the page.

python launch/train.py --config=configs/quickstart.py --workdir=runs/quickstart --config.train.steps=200
python launch/train.py --config=configs/fashion_mnist_small_augment.py --workdir=runs/small --seeds=5
"""

import command_line
from absl import flags

CONFIG = command_line.define_config()
CPU_DEVICES = flags.DEFINE_integer(
  'cpu_devices', 0, 'Into how many devices a CPU is cut; 0 is a power of two up to the cores and 8.'
)
SEEDS = flags.DEFINE_integer(
  'seeds', 1, 'How often to run it all, each time with the next seed, and then compare over seeds.'
)
REPORT = flags.DEFINE_bool('report', True, 'Whether to write report.html into the workdir.')


def main():
  from jaxaug import evaluate, parallel, report, train

  parallel.initialize(CPU_DEVICES.value)
  workdir = command_line.WORKDIR.value
  if SEEDS.value == 1:
    results = train.fit(CONFIG.value, workdir)
    shown, page = '\n\n'.join(filter(None, (evaluate.table(results), evaluate.corruption_table(results)))), report.write
  else:
    shown, page = evaluate.seeds_table(train.fit_seeds(CONFIG.value, workdir, SEEDS.value)), report.write_seeds
  if parallel.is_main():
    print(shown)
    if REPORT.value:
      print(f'page: {page(workdir)}')
  parallel.shutdown()


if __name__ == '__main__':
  command_line.run(main, 'config', 'workdir')
