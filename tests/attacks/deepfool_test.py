"""DeepFool: one step and a little more on a linear model; in the ball or not at all."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks import deepfool, threat_model
from jaxaug.models import as_model
from jaxaug.types import InputError
from tests.attacks.fab_test import BATCH, IMAGE, LABEL, logits_fn, nearest


@pytest.mark.parametrize('norm', ('linf', 'l2'))
def test_on_a_linear_model_it_finds_the_nearest_boundary(norm):
  least = nearest(norm)
  epsilon = float(np.sort(least)[5:7].mean())
  for ball, inside in ((9.0, np.ones(10, bool)), (epsilon, 1.02 * least <= epsilon)):
    made = deepfool(threat_model(norm, ball), steps=5, unroll=False)
    moved = np.asarray(jax.jit(lambda batch: made(jax.random.key(0), batch, as_model(logits_fn))['image'])(BATCH))  # noqa: B023
    fooled = np.asarray(logits_fn(moved)).argmax(-1) != LABEL
    assert (fooled == inside).all()
    length = np.array([threat_model(norm, 1.0).distance(a, b) for a, b in zip(moved, IMAGE)])
    np.testing.assert_allclose(length, np.where(inside, 1.02 * least, 0), rtol=1e-3, atol=1e-6)


def test_a_curved_boundary_takes_several_steps():
  curved = lambda image: jnp.sinh(8 * logits_fn(image) / 6)
  moved = lambda steps: deepfool(threat_model('l2', 9.0), steps=steps, unroll=False)(
    jax.random.key(0), BATCH, as_model(curved)
  )['image']
  fooled = [int((np.asarray(logits_fn(moved(steps))).argmax(-1) != LABEL).sum()) for steps in (1, 30)]
  assert fooled[0] < fooled[1] == 10


def test_bad_arguments_are_named():
  for model, keywords in (
    (threat_model('l1', 1.0), {}),
    (threat_model('l2', 1.0), {'steps': 0}),
    (threat_model('l2', 1.0), {'overshoot': -1.0}),
  ):
    with pytest.raises(InputError, match='deepfool: norm'):
      deepfool(model, **keywords)
