"""GridMix's cells."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment.gridmix import enlarge
from jaxaug.types import InputError


def test_cells_fill_the_image_whatever_its_sides():
  cells = jnp.arange(6).reshape(1, 2, 3)
  assert enlarge(cells, 4, 6)[0].tolist() == [[0, 0, 1, 1, 2, 2]] * 2 + [[3, 3, 4, 4, 5, 5]] * 2
  assert set(np.unique(enlarge(cells, 5, 7))) == set(range(6))


def test_whole_cells_are_swapped():
  batch = {'image': jnp.arange(8.0)[:, None, None, None] * jnp.ones((8, 8, 8, 1)), 'label': jnp.eye(8)}
  image = np.asarray(augment.gridmix(cells=4)(jax.random.key(0), batch, None)['image'])[..., 0]
  cut = image.reshape(8, 4, 2, 4, 2).swapaxes(2, 3).reshape(8, 16, 4)
  assert (cut == cut[..., :1]).all() and (np.ptp(cut[..., 0], axis=1) > 0).sum() >= 4


def test_no_cells_are_refused():
  with pytest.raises(InputError, match='gridmix.cells: 0'):
    augment.gridmix(cells=0)
