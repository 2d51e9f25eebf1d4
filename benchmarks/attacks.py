"""AutoAttack and PGD on the golden network against the peers, in turn in one run: verdicts image by image, and time.

JAXAUG_PEERS=<python of a virtual environment with torch, pyautoattack, torchattacks, foolbox> python -m benchmarks.attacks
"""

import json
import os
import pathlib
import subprocess
import sys
import time

import jax
import numpy as np

from benchmarks import timing
from benchmarks.pgd import GOLDEN
from jaxaug import attacks, models, parallel
from jaxaug.types import InputError

OTHER_BALLS = (('linf', 0.05), ('l2', 1.0), ('l1', 8.0))  # on the first 200 images
SEED, COUNT = 0, 200
PGD = dict(steps=10, step_size=0.0125)


def start_peers():
  """A function that has the peers do something, and their versions."""
  python = os.environ.get('JAXAUG_PEERS', '')
  if not python:
    raise InputError('JAXAUG_PEERS: names no python that has torch, pyautoattack, torchattacks and foolbox')
  script = pathlib.Path(__file__).parent / 'attacks_peers.py'
  process = subprocess.Popen([python, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
  versions = json.loads(process.stdout.readline())

  def ask(**what):
    process.stdin.write(json.dumps(what) + '\n')
    process.stdin.flush()
    return json.loads(process.stdout.readline())

  return ask, versions


def ours(logits_fn, image, label, norm, epsilon):
  """(seconds with compilation, result)."""
  start = time.perf_counter()
  result = attacks.autoattack(logits_fn, image, label, norm=norm, epsilon=epsilon, key=jax.random.key(SEED))
  return time.perf_counter() - start, result


def verdicts(robust, reference):
  """How two sets of verdicts differ."""
  return {
    'robust': round(float(np.mean(robust)), 4),
    'robust_reference': round(float(np.mean(reference)), 4),
    'differ': int((robust != reference).sum()),
    'only_ours_robust': int((robust & ~reference).sum()),
  }


def main():
  parallel.initialize()
  ask, versions = start_peers()
  variables, network = models.load_cnn(GOLDEN), models.create('cnn', 10)
  logits_fn = lambda image: network.apply(variables, image)
  with np.load(GOLDEN) as stored:
    image, label, stored_robust = stored['image'] / np.float32(255), stored['label'], stored['robust_standard']
  image = image.reshape(-1, 28, 28, 1)
  rows, pictures = [], image[:256]

  perturb = attacks.pgd(attacks.threat_model('linf', 0.1), **PGD)
  onehot = np.eye(10, dtype=np.float32)[label[:256]]
  model = models.as_model(logits_fn)
  run = parallel.every_example(lambda _, key, batch: perturb(key, batch, model)['image'])
  key, batch = jax.random.key(SEED), {'image': pictures, 'label': onehot}
  functions = {'jaxaug': lambda: run((), key, batch)}
  seconds = {'torchattacks': [], 'foolbox': []}
  for peer in seconds:
    ask(what='pgd', peer=peer, count=256)
    functions[peer] = lambda peer=peer: seconds[peer].append(ask(what='pgd', peer=peer, count=256)['seconds'])
  taken = timing.paired(functions, 15)
  for peer, values in seconds.items():
    ratio = timing.ratio(taken['jaxaug'], np.array(values[1:]))
    rows.append(
      {'what': f'PGD-10, 256 images, jaxaug / {peer}', 'milliseconds': round(1e3 * float(np.median(values)), 1), **ratio}
    )

  for norm, epsilon in (('linf', 0.1), *OTHER_BALLS):
    mine, result = ours(logits_fn, image[:COUNT], label[:COUNT], norm, epsilon)
    theirs = ask(what='autoattack', norm=norm, epsilon=epsilon, seed=SEED, count=COUNT)
    row = {
      'what': f'AutoAttack standard, {norm} {epsilon:g}, {COUNT} images',
      **verdicts(result.robust, np.array(theirs['robust'])),
    }
    rows.append(
      {
        **row,
        'seconds': round(mine, 1),
        'seconds_reference': round(theirs['seconds'], 1),
        'ratio': round(mine / theirs['seconds'], 3),
      }
    )
    print(rows[-1], file=sys.stderr)
  mine, result = ours(logits_fn, image, label, 'linf', 0.1)
  rows.append(
    {
      'what': 'AutoAttack standard, linf 0.1, 1,000 images, against the stored verdicts',
      **verdicts(result.robust, stored_robust),
      'seconds': round(mine, 1),
    }
  )
  timing.save(
    'attacks',
    rows,
    f'Golden network, all local devices against 2 threads of torch; ours with compilation. Peers: {versions}.',
  )


if __name__ == '__main__':
  main()
