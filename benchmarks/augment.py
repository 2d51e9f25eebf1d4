"""Policies against the peers', in one run, in turn; and the forms against each other.

JAXAUG_PEERS=<python of a virtual environment with torch, torchvision, kornia, pillow> python -m benchmarks.augment
"""

import json
import os
import pathlib
import subprocess

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from benchmarks import timing
from jaxaug import augment, parallel

PEERS = ('torchvision, tensors', 'torchvision, PIL', 'torchvision, PIL, 2 processes', 'kornia, one op a batch')
POLICIES = {
  'randaugment': augment.randaugment_policy(2, 9),
  'trivialaugment': augment.trivialaugment_policy(source='torchvision_wide'),
  'autoaugment': augment.autoaugment_policy('cifar10'),
}
BATCH = {32: 512, 224: 64}  # images of that side
REPEATS = {32: 41, 224: 9}  # rounds; small batches are noisy, and kornia's time hangs on the op it drew


def ours(policy, side, mode, form, devices):
  """Function that augments one batch, compiled."""
  images = jax.numpy.asarray(np.random.default_rng(0).integers(0, 256, (BATCH[side], side, side, 3), np.uint8))
  run = lambda key, images: augment.apply_policy(key[0], images, POLICIES[policy], mode, form)
  if devices > 1:
    mesh, cut = Mesh(np.array(jax.devices()[:devices]), ('device',)), PartitionSpec('device')
    run = jax.shard_map(run, mesh=mesh, in_specs=(cut, cut), out_specs=cut, check_vma=False)
    images = jax.device_put(images, jax.NamedSharding(mesh, cut))
  compiled, keys = jax.jit(run), iter(jax.random.split(jax.random.key(0), 1000))
  return lambda: compiled(jax.random.split(next(keys), devices), images)


def theirs(peer, policy, side, process):
  """Function that has a peer augment one batch in its process, and returns the seconds it took there."""

  def run():
    process.stdin.write(json.dumps([peer, policy, side]) + '\n')
    process.stdin.flush()
    return json.loads(process.stdout.readline())

  return run


def start_peers():
  """(the peers' process, their versions); (None, {}) where JAXAUG_PEERS names no python."""
  python = os.environ.get('JAXAUG_PEERS', '')
  if not python:
    return None, {}
  script = pathlib.Path(__file__).parent / 'augment_peers.py'
  process = subprocess.Popen([python, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
  return process, json.loads(process.stdout.readline())


def paired_with_peers(functions, asked, repeats):
  """{name: seconds [repeats]} of our functions and of the peers, all in turn."""
  seconds = {name: [] for name in asked}
  for peer in asked.values():
    peer()

  def round_of_peers():
    for name, peer in asked.items():
      seconds[name].append(peer())

  taken = timing.paired({**functions, 'peers': round_of_peers}, repeats)
  taken.pop('peers')
  return taken | {name: np.array(values[1:]) for name, values in seconds.items()}


def against_best(taken, asked, batch, case, field):
  """Rows of one case, one a competitor (in `field`): images a second and, where peers ran, the ratio to the best of them."""
  best = min(asked, key=lambda name: np.median(taken[name])) if asked else None
  for name, values in taken.items():
    row = {**case, 'batch': batch, field: name, 'images_per_second': int(batch / np.median(values))}
    yield row | ({f'{k}_to_best_peer': v for k, v in timing.ratio(taken[best], values).items()} if best else {})


def main():
  parallel.initialize()
  process, versions = start_peers()
  devices, rows = jax.device_count(), []
  for side in BATCH:
    for policy in POLICIES:
      forms = [('balanced', form) for form in ('loop', 'groups', 'chunks', 'switch')] + [('iid', 'loop'), ('iid', 'chunks')]
      functions = {f'{m}, {f}': ours(policy, side, m, f, 1) for m, f in forms}
      if devices > 1:
        functions[f'balanced, loop, {devices} devices'] = ours(policy, side, 'balanced', 'loop', devices)
        functions[f'iid, loop, {devices} devices'] = ours(policy, side, 'iid', 'loop', devices)
        functions[f'balanced, groups, {devices} devices'] = ours(policy, side, 'balanced', 'groups', devices)
      asked = {peer: theirs(peer, policy, side, process) for peer in PEERS} if process else {}
      taken = paired_with_peers(functions, asked, REPEATS[side])
      rows += against_best(taken, asked, BATCH[side], {'policy': policy, 'side': side}, 'what')
  timing.save(
    'augment',
    rows,
    f'uint8 to uint8. Ratio: seconds of the best peer / seconds, median and quartiles over {REPEATS} rounds a side, above 1 is faster '
    f'than it. Peers in a process of their own: {versions}.',
  )
  if process:
    process.stdin.close()
    process.wait()


if __name__ == '__main__':
  main()
