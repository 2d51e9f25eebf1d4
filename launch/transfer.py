"""Attacks every arm of trained runs, keeps what was found, and shows all of it to all of them: what transfers.

python launch/transfer.py --checkpoints=runs/quickstart,runs/other --workdir=runs/transfer
python launch/transfer.py --checkpoints=runs/quickstart --workdir=runs/transfer --attack=autoattack --examples=200
"""

import command_line
from absl import flags

CHECKPOINTS = flags.DEFINE_list('checkpoints', None, 'Workdirs of finished runs on the same test examples.')
ATTACK = flags.DEFINE_string('attack', 'pgd', "'pgd', of each run's evaluate.attack, or 'autoattack'.")
EXAMPLES = flags.DEFINE_integer('examples', 1000, 'Test images, from the start; 0 is all.', lower_bound=0)
CPU_DEVICES = flags.DEFINE_integer(
  'cpu_devices', 0, 'Into how many devices a CPU is cut; 0 is a power of two up to the cores and 8.'
)


def main():
  from jaxaug import evaluate, parallel, report

  parallel.initialize(CPU_DEVICES.value)
  found = evaluate.transfer(CHECKPOINTS.value, command_line.WORKDIR.value, ATTACK.value, EXAMPLES.value)
  if parallel.is_main():
    print(evaluate.transfer_markdown(found['table']))
    print(f'page: {report.write_transfer(command_line.WORKDIR.value)}')
  parallel.shutdown()


if __name__ == '__main__':
  command_line.run(main, 'checkpoints', 'workdir')
