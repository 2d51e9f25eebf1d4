"""PGD-10 on the golden network against ten of its input gradients alone: python -m benchmarks.pgd"""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec

from benchmarks import timing
from jaxaug import attacks, models

GOLDEN = pathlib.Path(__file__).parent.parent / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz'
BATCH, STEPS, REPEATS = 256, 10, 15
# Multiply-adds of one forward pass of one image: 3x3 convolutions at 28, 14, 14 and 7 pixels, then two dense layers.
FORWARD_MACS = 9 * (28**2 * 1 * 16 + 14**2 * 16 * 32 + 14**2 * 32 * 32 + 7**2 * 32 * 64) + 3136 * 128 + 128 * 10


def main():
  jax.config.update('jax_num_cpu_devices', 2)
  variables, network = models.load_cnn(GOLDEN), models.create('cnn', 10)
  with np.load(GOLDEN) as stored:
    image = jnp.asarray((stored['image'][:BATCH] / 255).astype(np.float32).reshape(-1, 28, 28, 1))
    label = jax.nn.one_hot(stored['label'][:BATCH], 10)
  key = jax.random.key(0)
  model = models.as_model(lambda x: network.apply(variables, x))
  gradient = jax.jit(lambda x, y: jax.grad(lambda x: model.loss({'image': x, 'label': y}).sum())(x))

  def attack(unroll):
    perturb = attacks.pgd(attacks.threat_model('linf', 0.1), steps=STEPS, step_size=0.0125, unroll=unroll)
    return lambda key, x, y: perturb(key, {'image': x, 'label': y}, model)['image']

  written_out, loop = jax.jit(attack(True)), jax.jit(attack(False))
  plain_network = models.as_model(lambda x: plain_forward(variables['params'], x))
  plain = attacks.pgd(attacks.threat_model('linf', 0.1), steps=STEPS, step_size=0.0125, unroll=False)
  plain_loop = jax.jit(lambda key, x, y: plain(key, {'image': x, 'label': y}, plain_network)['image'])
  mesh = Mesh(np.array(jax.devices()), ('device',))
  whole, cut = PartitionSpec(), PartitionSpec('device')
  spread = jax.jit(jax.shard_map(attack(False), mesh=mesh, in_specs=(whole, cut, cut), out_specs=cut, check_vma=False))
  functions = {
    'ten gradients': lambda: [gradient(image, label) for _ in range(STEPS)],
    'PGD-10, written out': lambda: written_out(key, image, label),
    'PGD-10, loop': lambda: loop(key, image, label),
    'PGD-10, loop, lax convolution': lambda: plain_loop(key, image, label),
    f'PGD-10, loop, {len(jax.devices())} devices': lambda: spread(key, image, label),
    'three products of 1024 x 1024': timing.product(),
  }
  seconds = timing.paired(functions, REPEATS)
  rows = [
    {'what': name, 'milliseconds': round(1e3 * float(np.median(s)), 1), **timing.ratio(s, seconds['ten gradients'])}
    for name, s in seconds.items()
  ]
  speed = timing.PRODUCT_OPERATIONS / float(np.median(seconds['three products of 1024 x 1024']))
  floor = STEPS * 2 * 2 * FORWARD_MACS * BATCH / speed  # a gradient to the input is two forward passes
  rows.append(
    {
      'what': 'floor of ten gradients at the speed of the matrix products',
      'milliseconds': round(1e3 * floor, 1),
      'gflops_per_second': round(speed / 1e9, 1),
    }
  )
  timing.save(
    'pgd',
    rows,
    'Ratios are to ten input gradients of the golden network, 256 images, in the same round; median, quartiles. '
    'PGD-10 takes ten gradients and one forward pass for the best iterate.',
  )


def plain_forward(params, x):
  """The same network on XLA's own convolution gradient."""
  for i, stride in enumerate((1, 2, 1, 2)):
    layer = params[f'conv{i}']
    x = jax.lax.conv_general_dilated(
      x, layer['kernel'], (stride, stride), ((1, 1), (1, 1)), dimension_numbers=('NHWC', 'HWIO', 'NHWC')
    )
    x = jax.nn.relu(x + layer['bias'])
  x = jax.nn.relu(x.reshape(len(x), -1) @ params['dense0']['kernel'] + params['dense0']['bias'])
  return x @ params['dense1']['kernel'] + params['dense1']['bias']


if __name__ == '__main__':
  main()
