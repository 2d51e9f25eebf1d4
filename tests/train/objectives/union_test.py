"""Several threat models at once."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.train.objectives import adversary, pgd_at, union
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
BATCH = {
  'image': np.random.default_rng(0).random((8, 3, 3, 1), np.float32),
  'label': np.eye(4, dtype=np.float32)[np.arange(8) % 4],
}
ATTACKS = dict(
  linf=dict(epsilon=0.1, steps=3, step_size=0.05, random_start=False),
  l2=dict(norm='l2', epsilon=0.25, steps=3, step_size=0.13, random_start=False),
)


def losses(objective):
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  return objective(params, {}, jax.random.key(1), BATCH)[1].loss


@pytest.mark.parametrize('how,reduce', [('max', np.max), ('average', np.mean)])
def test_it_is_the_worst_or_the_mean_of_each_alone(how, reduce):
  alone = np.stack([losses(pgd_at(NETWORK, attack=attack)) for attack in ATTACKS.values()])
  assert (alone[0] > alone[1]).any() and (alone[0] < alone[1]).any()
  np.testing.assert_allclose(losses(union(NETWORK, how=how, attacks=ATTACKS)), reduce(alone, 0), atol=1e-5)


def test_what_cannot_be_is_named():
  with pytest.raises(InputError, match="objective.how: 'min' is unknown"):
    union(NETWORK, how='min')
  with pytest.raises(InputError, match='names no attack'):
    union(NETWORK, attacks={})


@pytest.mark.parametrize('how', ['max', 'average'])
def test_its_gradient_is_that_of_the_formula_with_the_images_held(how):
  params = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
  find = lambda attack: adversary(NETWORK, attack)(params, {}, jax.random.key(5), BATCH)[
    'image'
  ]  # they start from the image
  moved = [find(attack) for attack in ATTACKS.values()]

  def formula(params):
    ask = lambda image: -(BATCH['label'] * jax.nn.log_softmax(NETWORK.apply({'params': params}, image))).sum(-1)
    one, other = (ask(image) for image in moved)
    return (jnp.maximum(one, other) if how == 'max' else (one + other) / 2).mean()

  ours = jax.grad(lambda p: union(NETWORK, how=how, attacks=ATTACKS)(p, {}, jax.random.key(1), BATCH)[0])(params)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(params))
