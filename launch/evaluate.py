"""Measures the checkpoints of a trained run again, e.g. under another attack; leaves results.json as it is.

python launch/evaluate.py --config=configs/quickstart.py --workdir=runs/quickstart --config.evaluate.attack.epsilon=.05
"""

import command_line
from absl import flags

CONFIG = command_line.define_config()
CPU_DEVICES = flags.DEFINE_integer(
  'cpu_devices', 0, 'Into how many devices a CPU is cut; 0 is the number of cores, at most 8.'
)


def main():
  from jaxaug import evaluate, parallel

  parallel.initialize(CPU_DEVICES.value)
  results = evaluate.evaluate(CONFIG.value, command_line.WORKDIR.value)
  if parallel.is_main():
    print(evaluate.table(results))
    print(f'written: {command_line.WORKDIR.value}/evaluation.json')
  parallel.shutdown()


if __name__ == '__main__':
  command_line.run(main, 'config', 'workdir')
