"""Networks by name: what exists, what is refused, what every network promises."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models import CNN, MODELS, create
from jaxaug.types import InputError

SMALL = {
  'cnn': dict(widths=(4, 4, 8, 8), hidden=16),
  'mlp': dict(hidden=(16,)),
  'preact_resnet': dict(depth=8),
  'wide_resnet': dict(depth=10, width=1),
}
IMAGE = np.random.default_rng(0).random((4, 8, 8, 3), np.float32)


def weights(network, image):
  """Variables of the right shapes without compiling an initialiser: He-normal kernels, ones elsewhere."""
  rng = np.random.default_rng(1)
  return jax.tree.map(
    lambda a: (
      np.float32(rng.normal(size=a.shape) * (2 / np.prod(a.shape[:-1])) ** 0.5)
      if len(a.shape) > 1
      else np.ones(a.shape, np.float32)
    ),
    jax.eval_shape(lambda: network.init(jax.random.key(0), image)),
  )


def test_every_model_is_tried_here():
  assert set(SMALL) == set(MODELS)


@pytest.mark.parametrize('name', SMALL)
def test_bfloat16_changes_the_arithmetic_and_nothing_else(name):
  networks = [create(name, 5, dtype=dtype, mean=(0.5,), std=(0.25,), **SMALL[name]) for dtype in ('float32', 'bfloat16')]
  trees = [jax.eval_shape(network.init, jax.random.key(0), IMAGE) for network in networks]
  assert trees[0] == trees[1] and {leaf.dtype for leaf in jax.tree.leaves(trees[1])} == {jnp.dtype('float32')}
  variables = weights(networks[0], IMAGE)
  exact, rounded = (jax.jit(network.apply)(variables, IMAGE) for network in networks)
  assert exact.shape == rounded.shape == (4, 5) and exact.dtype == rounded.dtype == jnp.float32
  error = jnp.abs(exact - rounded).max()
  assert 0 < error < 0.05 * jnp.abs(exact).max()


@pytest.mark.parametrize('name', SMALL)
def test_normalisation_is_inside(name):
  plain, inside = create(name, 5, **SMALL[name]), create(name, 5, mean=(0.5,), std=(0.25,), **SMALL[name])
  variables = weights(plain, IMAGE)
  np.testing.assert_allclose(
    inside.apply(variables, IMAGE), plain.apply(variables, (IMAGE - 0.5) / 0.25), rtol=1e-4, atol=1e-4
  )


def test_keywords_reach_the_network():
  assert create('cnn', 7, hidden=9) == CNN(7, hidden=9)
  assert create('wide_resnet', 7, depth=16, width=2, dropout=0.3).dropout == 0.3


def test_an_unknown_name_lists_what_exists():
  words = r"model.name: 'wide_resnt' is unknown. Did you mean 'wide_resnet'\? .*cnn, mlp, preact_resnet, wide_resnet"
  with pytest.raises(InputError, match=words):
    create('wide_resnt', 10)


@pytest.mark.parametrize(
  'name, field, meant',
  (
    ('wide_resnet', 'widht', 'width'),
    ('preact_resnet', 'dropuot', 'dropout'),
    ('mlp', 'hiden', 'hidden'),
    ('cnn', 'means', 'mean'),
  ),
)
def test_an_unknown_keyword_is_named_with_a_suggestion(name, field, meant):
  with pytest.raises(InputError, match=rf"model \({name}\): '{field}' is unknown. Did you mean '{meant}'\?"):
    create(name, 10, **{field: 1})


@pytest.mark.parametrize(
  'name, field',
  (
    ('preact_resnet', 'width'),
    ('preact_resnet', 'stages'),
    ('wide_resnet', 'stem'),
    ('mlp', 'depth'),
    ('cnn', 'parent'),
    ('wide_resnet', 'hyper'),
  ),
)
def test_keywords_of_other_networks_and_of_flax_are_refused(name, field):
  with pytest.raises(InputError, match=f"'{field}' is unknown"):
    create(name, 10, **{field: 1})
