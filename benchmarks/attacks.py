"""AutoAttack and PGD on the golden network against the peers, in turn in one run: verdicts image by image, and time.

JAXAUG_PEERS=<python of a virtual environment with torch, pyautoattack, torchattacks, foolbox> python -m benchmarks.attacks [part ...]

Parts: pgd, start, linf, linf_small, l2, l1 (5 minutes each), stored (15 minutes); all of them without a name.
"""

import functools
import json
import os
import pathlib
import subprocess
import sys
import time

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from benchmarks import timing
from benchmarks.pgd import FORWARD_MACS, GOLDEN
from jaxaug import attacks, models, parallel
from jaxaug.types import InputError, check_name

SEED, COUNT = 0, 200
PGD = dict(steps=10, step_size=0.0125)
# Forward passes of an image that survives a stage; a gradient to the input counts two.
FORWARDS = {'apgd-ce': 101 * 2, 'apgd-t': 9 * 101 * 2, 'fab-t': 9 * 100 * 3, 'square': 5001}


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


def floor(by_attack):
  """Seconds that the forward passes of the surviving images alone take at the speed of a matrix product."""
  passes = sum(count * by_attack[stage].sum() for stage, count in FORWARDS.items())
  return float(passes * 2 * FORWARD_MACS / timing.product_speed())


def pgd(ask, logits_fn, image, label):
  """PGD-10 on 256 images against two peers."""
  perturb, model = attacks.pgd(attacks.threat_model('linf', 0.1), **PGD), models.as_model(logits_fn)
  whole, cut = PartitionSpec(), PartitionSpec('device')
  mesh = Mesh(np.array(jax.devices()), ('device',))
  one = lambda key, image, label: perturb(key, {'image': image, 'label': label}, model)['image']
  run = jax.jit(jax.shard_map(one, mesh=mesh, in_specs=(whole, cut, cut), out_specs=cut, check_vma=False))
  key, image, onehot = jax.random.key(SEED), image[:256], np.eye(10, dtype=np.float32)[label[:256]]
  functions, seconds = {'jaxaug': lambda: run(key, image, onehot)}, {'torchattacks': [], 'foolbox': []}
  for peer in seconds:
    functions[peer] = lambda peer=peer: seconds[peer].append(ask(what='pgd', peer=peer, count=256)['seconds'])
  taken = timing.paired(functions, 15)['jaxaug']
  rows = [{'what': 'PGD-10, 256 images, jaxaug', 'milliseconds': round(1e3 * float(np.median(taken)), 1)}]
  for peer, values in seconds.items():
    values = np.array(values[1:])
    rows.append({'what': f'the same, {peer}', 'milliseconds': round(1e3 * float(np.median(values)), 1)})
    rows[-1] |= {f'{name}_of_jaxaug_to_it': value for name, value in timing.ratio(taken, values).items()}
  return rows


def from_one_start(ask, logits_fn, image, label):
  """Auto-PGD of both from the same start, so that chance has no part: flags image by image."""
  model, rows = models.as_model(logits_fn), []
  batch = {'image': image[:COUNT], 'label': np.eye(10, dtype=np.float32)[label[:COUNT]]}
  for norm, epsilon in (('linf', 0.1), ('l2', 1.0)):
    ball = attacks.threat_model(norm, epsilon)
    start = jax.jit(jax.vmap(ball.init))(jax.random.split(jax.random.key(SEED), COUNT), batch['image'])
    for loss in ('ce', 'dlr'):
      attack = attacks.apgd(ball, steps=100, loss=loss)
      moved = jax.jit(lambda batch: attack(jax.random.key(SEED), batch, model)['image'])(batch | {'start': start})
      robust = np.asarray(logits_fn(moved)).argmax(-1) == label[:COUNT]
      flat = np.asarray(start).transpose(0, 3, 1, 2).tolist()
      theirs = ask(what='from_start', norm=norm, epsilon=epsilon, loss=loss, start=flat, count=COUNT)
      rows.append(
        {'what': f'APGD-100 on {loss}, {norm} {epsilon:g}, from one start', **verdicts(robust, np.array(theirs['robust']))}
      )
  return rows


def side_by_side(ask, logits_fn, image, label, norm, epsilon):
  """AutoAttack on 200 images, ours and the reference's, one after the other."""
  mine, result = ours(logits_fn, image[:COUNT], label[:COUNT], norm, epsilon)
  theirs = ask(what='autoattack', norm=norm, epsilon=epsilon, seed=SEED, count=COUNT)
  row = {'what': f'AutoAttack standard, {norm} {epsilon:g}, {COUNT} images'}
  row |= verdicts(result.robust, np.array(theirs['robust']))
  times = {
    'seconds': round(mine, 1),
    'seconds_reference': round(theirs['seconds'], 1),
    'ratio': round(mine / theirs['seconds'], 3),
  }
  if (norm, epsilon) == ('linf', 0.1):
    least = floor(result.by_attack)
    times |= {'seconds_floor': round(least, 1), 'ratio_floor': round(least / theirs['seconds'], 3)}
  return [row | times]


def stored(ask, logits_fn, image, label):
  """AutoAttack on 1,000 images against the stored verdicts of the reference."""
  seconds, result = ours(logits_fn, image, label, 'linf', 0.1)
  with np.load(GOLDEN) as archive:
    row = {'what': 'AutoAttack standard, linf 0.1, 1,000 images', **verdicts(result.robust, archive['robust_standard'])}
  after = {name: round(float(robust.mean()), 4) for name, robust in result.by_attack.items()}
  return [row | {'seconds': round(seconds, 1), 'after': after}]


PARTS = {'pgd': pgd, 'start': from_one_start, 'stored': stored} | {
  norm: functools.partial(side_by_side, norm=norm.split('_')[0], epsilon=epsilon)
  for norm, epsilon in (('linf', 0.1), ('linf_small', 0.05), ('l2', 1.0), ('l1', 8.0))
}


def main():
  parallel.initialize()
  parts = sys.argv[1:] or list(PARTS)
  for part in parts:
    check_name(part, PARTS, 'part')
  ask, versions = start_peers()
  variables, network = models.load_cnn(GOLDEN), models.create('cnn', 10)
  with np.load(GOLDEN) as archive:
    image, label = (archive['image'] / np.float32(255)).reshape(-1, 28, 28, 1), archive['label']
  for part in parts:
    rows = PARTS[part](ask, lambda image: network.apply(variables, image), image, label)
    notes = f'Golden network, {jax.device_count()} devices against 2 threads of torch; AutoAttack with compilation. Peers: {versions}.'
    timing.save(f'attacks_{part}', rows, notes)


if __name__ == '__main__':
  main()
