"""Wide ResNets have the published sizes."""

import jax
import jax.numpy as jnp
import pytest

from jaxaug.models import wide_resnet
from jaxaug.types import InputError


@pytest.mark.parametrize(
  'depth, width, millions, count', ((28, 10, 36.5, 36_479_194), (16, 4, 2.7, 2_748_890), (10, 1, 0.1, 77_850))
)
def test_sizes_are_the_published_ones(depth, width, millions, count):
  tree = jax.eval_shape(wide_resnet(10, depth, width).init, jax.random.key(0), jnp.zeros((1, 32, 32, 3)))
  total = sum(leaf.size for leaf in jax.tree.leaves(tree['params']))
  assert total == count and round(total / 1e6, 1) == millions


def test_the_last_features_have_64_channels_times_the_width():
  run = lambda: wide_resnet(7, 10, 3).init_with_output(jax.random.key(0), jnp.zeros((2, 8, 8, 1)), features=True)[0]
  assert [a.shape for a in jax.eval_shape(run)] == [(2, 7), (2, 192)]


@pytest.mark.parametrize('depth, width', ((27, 10), (4, 10), (-2, 1), (28, 0), (28, -1)))
def test_other_sizes_are_refused(depth, width):
  with pytest.raises(InputError, match=f'wide_resnet-{depth}-{width} .*6n'):
    wide_resnet(10, depth, width)
