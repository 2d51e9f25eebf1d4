"""Measures the checkpoints of a trained run again, e.g. under another attack; writes into its folder
evaluation/, with a page of its own, and leaves the run's results and page as they are.

python launch/evaluate.py --config=configs/quickstart.py --workdir=runs/quickstart --config.evaluate.attack.epsilon=.05
python launch/evaluate.py --config=configs/evaluate/robustness.py --config.checkpoint=runs/robust/pgd/seed-0
"""

import command_line
from absl import flags

CONFIG = command_line.define_config()
CPU_DEVICES = flags.DEFINE_integer(
  'cpu_devices', 0, 'Into how many devices a CPU is cut; 0 is a power of two up to the cores and 8.'
)


def main():
  from jaxaug import evaluate, parallel, report

  parallel.initialize(CPU_DEVICES.value)
  config, workdir = evaluate.of_checkpoint(CONFIG.value, command_line.WORKDIR.value)
  results = evaluate.evaluate(config, workdir)
  if parallel.is_main():
    print(evaluate.table(results))
    print(f'written: {report.write(workdir, "evaluation")}')
  parallel.shutdown()


if __name__ == '__main__':
  command_line.run(main, 'config')
