"""Random Erasing: one rectangle inside, of the area and shape asked for, as often as asked for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.types import InputError

BATCH = {'image': jnp.full((600, 30, 20, 1), 2.0)}  # a value that no paint has


@pytest.mark.parametrize('fill', ('noise', 'zero'))
def test_rectangles(fill):
  image = jax.jit(lambda key: augment.random_erasing(fill=fill)(key, BATCH, None)['image'])(jax.random.key(0))
  painted = np.asarray(image != 2)[..., 0]
  used = painted.any((1, 2))
  assert abs(used.mean() - 0.5) < 0.08
  rows, columns = painted.any(2).sum(1)[used], painted.any(1).sum(1)[used]
  assert (painted.sum((1, 2))[used] == rows * columns).all()  # full rectangles
  assert (rows < 30).all() and (columns < 20).all()
  share = rows * columns / 600
  assert 0.01 < share.min() < 0.06 and 0.33 < share.max() < 0.45
  assert (rows / columns).min() < 0.6 and (rows / columns).max() > 2
  paint = np.asarray(image)[painted]
  assert (paint == 0).all() if fill == 'zero' else (np.ptp(paint) > 0.9 and abs(paint.mean() - 0.5) < 0.02)


@pytest.mark.parametrize('bad', ({'probability': 1.2}, {'smallest': 0.5}, {'aspect': 0.0}, {'fill': 'mean'}))
def test_bad_arguments_are_named(bad):
  with pytest.raises(InputError, match=next(iter(bad))):
    augment.random_erasing(**bad)
