"""Every sign is seen on a model made to show it, and none on an honest one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.evaluate import masking

RNG = np.random.default_rng(0)
WEIGHTS = np.float32(RNG.normal(size=(100, 3)))
IMAGE = RNG.random((12, 10, 10, 1), np.float32)


def honest(image):
  return (image - 0.5).reshape(len(image), -1) @ WEIGHTS


LABEL = np.eye(3, dtype=np.float32)[np.asarray(honest(IMAGE)).argmax(-1)]


def signs(logits_fn, norm='linf', epsilon=0.05):
  return masking(logits_fn, IMAGE, LABEL, norm, epsilon, jax.random.key(0))


@pytest.mark.parametrize('norm, epsilon', (('linf', 0.05), ('l2', 0.3), ('l1', 1.0)))
def test_an_honest_model_shows_none(norm, epsilon):
  assert signs(honest, norm, epsilon) == {}


def test_rounded_logits_have_no_gradient_and_black_boxes_do_better():
  seen = signs(lambda image: jnp.round(honest(image) * 8) / 8)
  assert seen.keys() == {'zero gradient', 'black box', 'unbounded'}
  assert seen['zero gradient'].startswith('of the loss at') and 'Square leaves' in seen['black box']


def test_a_loss_that_ripples_holds_short_steps_back():
  epsilon = 0.05

  def rippled(image):  # rises by 1 over the ball; steps of a tenth of it stop at the first crest, of a half stride over
    moved = (image.mean((1, 2, 3)) - 0.5) / epsilon
    return jnp.stack([jnp.full(len(image), 9.0), moved + 0.3 * jnp.sin(4 * jnp.pi * moved)], -1)

  image, label = np.full((2, 10, 10, 1), 0.5, np.float32), np.eye(2, dtype=np.float32)[[0, 0]]
  seen = masking(rippled, image, label, 'linf', epsilon, jax.random.key(0))
  assert 'after 25' in seen['loss falls']


def test_probabilities_and_chance_are_seen():
  assert 'probabilities' in signs(lambda image: jax.nn.softmax(honest(image)))
  calls = iter(range(100))

  def drawn(image):
    value = jax.pure_callback(lambda: np.float32(next(calls) * 0.01), jax.ShapeDtypeStruct((), np.float32))
    return honest(image) + value

  assert 'random' in masking(drawn, IMAGE[:2], 1 - LABEL[:2], 'linf', 0.05, jax.random.key(0))


def test_nothing_right_leaves_nothing_to_attack():
  assert masking(honest, IMAGE, np.roll(LABEL, 1, -1), 'linf', 0.05, jax.random.key(0)) == {}
