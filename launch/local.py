"""Starts one job as several processes on this machine, joined by jax.distributed; one that fails ends them all.

python launch/local.py --processes=2 --cpu_devices=2 -- python launch/train.py --config=configs/quickstart.py --workdir=runs/two
"""

import os
import signal
import subprocess
import sys
import time

import portpicker
from absl import app, flags

PROCESSES = flags.DEFINE_integer('processes', 2, 'How many.', lower_bound=1)
CPU_DEVICES = flags.DEFINE_integer('cpu_devices', 1, 'CPU devices of each.', lower_bound=1)
TIMEOUT = flags.DEFINE_float('timeout', 0, 'Seconds after which all are ended; 0 waits for ever.', lower_bound=0)


def main(argv):
  command = argv[1:]
  if not command:
    raise app.UsageError('nothing to run: give the command after --')
  port = portpicker.pick_unused_port()

  def start(index):
    told = {
      'JAX_NUM_CPU_DEVICES': CPU_DEVICES.value,
      'JAX_COORDINATOR_ADDRESS': f'127.0.0.1:{port}',
      'JAXAUG_NUM_PROCESSES': PROCESSES.value,
      'JAXAUG_PROCESS_ID': index,
    }
    return subprocess.Popen(command, env={**os.environ, 'JAX_PLATFORMS': 'cpu', **{k: str(v) for k, v in told.items()}})

  started, processes = time.time(), [start(i) for i in range(PROCESSES.value)]
  signal.signal(signal.SIGTERM, lambda *_: [p.terminate() for p in processes])  # each writes its checkpoint and stops
  code = None
  while code is None:
    codes = [p.poll() for p in processes]
    failed = [c for c in codes if c not in (None, 0, 143)]
    if failed:
      code = failed[0]
      print(f'local.py: process {codes.index(code)} ended with {code}; the others are ended', file=sys.stderr)
    elif None not in codes:
      code = max(codes)
    elif TIMEOUT.value and time.time() - started > TIMEOUT.value:
      code = 124
      print(f'local.py: processes {[i for i, c in enumerate(codes) if c is None]} were not done in time', file=sys.stderr)
    time.sleep(0.05)
  for process in processes:
    if process.poll() is None:  # it hangs in a collective, and jax keeps SIGTERM for itself
      process.kill()
    process.wait()
  sys.exit(code if code >= 0 else 128 - code)


if __name__ == '__main__':
  app.run(main)
