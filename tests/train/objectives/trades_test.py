"""TRADES against a transcription of its formula, and its count of forward passes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxaug import models
from jaxaug.train.objectives import OBJECTIVES, trades
from jaxaug.train.objectives.trades import agreement_adversary, kl, trades_outer
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
RNG = np.random.default_rng(0)
BATCH = {
  'image': RNG.random((5, 3, 3, 1), np.float32),
  'adversarial': RNG.random((5, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]],
}
PARAMS = NETWORK.init(jax.random.key(0), BATCH['image'])['params']


def test_kl_is_scipys():
  a, b = RNG.normal(size=(2, 6, 4)).astype(np.float32)
  p, q = (np.asarray(jax.nn.softmax(x)) for x in (a, b))
  np.testing.assert_allclose(kl(a, b), scipy.stats.entropy(p, q, axis=-1), atol=1e-5)


def test_loss_and_gradient_are_those_of_the_formula():
  def formula(params):
    p, q = (jax.nn.softmax(NETWORK.apply({'params': params}, BATCH[name])) for name in ('image', 'adversarial'))
    return (-(BATCH['label'] * jnp.log(p)).sum(-1) + 3 * (p * jnp.log(p / q)).sum(-1)).mean()

  ours = jax.value_and_grad(lambda params: trades_outer(NETWORK, beta=3.0)(params, {}, jax.random.key(1), BATCH)[0])(PARAMS)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.value_and_grad(formula)(PARAMS))


def test_weights_count_row_by_row():
  ask = lambda **extra: trades_outer(NETWORK, beta=3.0)(PARAMS, {}, jax.random.key(1), {**BATCH, **extra})[1].loss
  natural, boundary = ask(boundary_weight=np.zeros(5, np.float32)), ask(weight=np.zeros(5, np.float32))
  two = np.full(5, 2, np.float32)
  np.testing.assert_allclose(ask(weight=two, boundary_weight=3 * two), 2 * natural + 6 * boundary, rtol=1e-5)


def test_the_adversary_raises_kl_and_stays_in_the_ball():
  attack = dict(epsilon=0.2, steps=5, step_size=0.08)
  moved = agreement_adversary(NETWORK, attack, {})(PARAMS, {}, jax.random.key(1), {k: BATCH[k] for k in ('image', 'label')})
  assert np.abs(moved['image'] - BATCH['image']).max() <= 0.2 and (moved['label'] == BATCH['label']).all()
  ask = lambda image: NETWORK.apply({'params': PARAMS}, image)
  random = np.clip(BATCH['image'] + RNG.uniform(-0.2, 0.2, BATCH['image'].shape).astype(np.float32), 0, 1)
  assert kl(ask(BATCH['image']), ask(moved['image'])).mean() > 2 * kl(ask(BATCH['image']), ask(random)).mean()


@pytest.mark.parametrize('name,settings,forwards', [('trades', {}, 27), ('mart', {}, 26), ('pgd_at', dict(keep='last'), 23)])
def test_its_cost_in_forward_passes(name, settings, forwards):
  """XLA's count of operations, the steps written out; training saves the images' gradient in the first of five layers."""
  network = models.create('mlp', 256, hidden=(256,) * 4)
  batch = {'image': RNG.random((64, 16, 16, 1), np.float32), 'label': np.eye(256, dtype=np.float32)[:64]}
  params = network.init(jax.random.key(0), batch['image'])['params']
  objective = OBJECTIVES[name](network, attack=dict(epsilon=0.2, steps=10, step_size=0.05, unroll=True, **settings))
  operations = lambda fn, *args: jax.jit(fn).lower(*args).compile().cost_analysis()['flops']
  whole = operations(jax.grad(objective, has_aux=True), params, {}, jax.random.key(1), batch)
  saved = forwards - whole / operations(lambda p: network.apply({'params': p}, batch['image']), params)
  assert -0.3 < saved < 1.3  # TRADES' two clean passes are one to XLA where they are the same; no image is computed twice


def test_a_negative_weight_is_refused():
  with pytest.raises(InputError, match='objective.beta: -1'):
    trades(NETWORK, beta=-1.0)


def test_an_adversary_that_starts_where_there_is_no_gradient_is_refused():
  for name in ('trades', 'awp'):
    with pytest.raises(InputError, match='TRADES needs a random start'):
      OBJECTIVES[name](NETWORK, attack=dict(random_start=False))
