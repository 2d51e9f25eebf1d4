"""Single augmentations, each image its own draw, against the peers that have no policies too, in one run, in turn.

JAXAUG_PEERS=<python with torch, torchvision, kornia, albumentations, jax, augmax, dm_pix> python -m benchmarks.augment_ops

uint8 in and out for jaxaug (nearest, Pillow's pixels), torchvision and albumentations; float in and out for jaxaug's float row
(bilinear), kornia, augmax and dm_pix. Brightness is a factor, but a sum in augmax and dm_pix.
"""

import jax
import numpy as np
from jax.sharding import PartitionSpec

from benchmarks import timing
from benchmarks.augment import BATCH, against_best, paired_with_peers, start_peers, theirs
from jaxaug import ops, parallel

WHATS = {
  'rotate': lambda image, share: ops.rotate(image, 60 * share - 30),
  'brightness': lambda image, share: ops.brightness(image, 0.5 + share),
  'solarize': lambda image, share: ops.solarize(image, share if ops.is_float(image) else 256 * share),
}
PEERS = ('torchvision, tensors', 'kornia', 'albumentations', 'augmax', 'dm_pix')
REPEATS = 15


def ours(what, side, dtype):
  """Function that augments one batch, compiled, cut over all devices."""
  images = np.random.default_rng(0).integers(0, 256, (BATCH[side], side, side, 3), np.uint8)
  images = images if dtype == 'uint8' else images / np.float32(255)
  cut = jax.NamedSharding(jax.make_mesh((jax.device_count(),), ('device',)), PartitionSpec('device'))
  given = jax.device_put((jax.random.split(jax.random.key(0), BATCH[side]), images), cut)
  one = lambda key, image: WHATS[what](image, jax.random.uniform(key))
  compiled = jax.jit(
    jax.shard_map(jax.vmap(one), mesh=cut.mesh, in_specs=(cut.spec, cut.spec), out_specs=cut.spec, check_vma=False)
  )
  return lambda: compiled(*given)


def main():
  parallel.initialize()
  process, versions = start_peers()
  rows = []
  for side in BATCH:
    for what in WHATS:
      functions = {f'jaxaug, {dtype}': ours(what, side, dtype) for dtype in ('uint8', 'float32')}
      asked = {peer: theirs(peer, what, side, process) for peer in PEERS} if process else {}
      taken = paired_with_peers(functions, asked, REPEATS)
      rows += against_best(taken, asked, BATCH[side], {'what': what, 'side': side}, 'who')
  timing.save(
    'augment_ops',
    rows,
    f'{jax.device_count()} devices for jaxaug. Ratio: seconds of the best peer / seconds, median and quartiles over {REPEATS} rounds, '
    f'above 1 is faster than it. Peers in a process of their own: {versions}.',
  )
  if process:
    process.stdin.close()
    process.wait()


if __name__ == '__main__':
  main()
