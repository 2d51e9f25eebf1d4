"""Both distillations against their formulas; the teacher is a matrix."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.train.objectives import adversarial_distillation, defensive_distillation, erm
from jaxaug.types import InputError

NETWORK = models.create('mlp', 4, hidden=(6,))
RNG = np.random.default_rng(0)
BATCH = {'image': RNG.random((5, 3, 3, 1), np.float32), 'label': np.eye(4, dtype=np.float32)[[0, 1, 2, 3, 0]]}
PARAMS = NETWORK.init(jax.random.key(0), BATCH['image'])['params']
TEACHER = RNG.normal(size=(9, 4)).astype(np.float32)
STILL = dict(epsilon=0.0, steps=1, step_size=0.0)


@pytest.fixture(autouse=True)
def teacher(monkeypatch):
  module = sys.modules['jaxaug.train.objectives.distillation']
  monkeypatch.setattr(module, 'load_teacher', lambda workdir, arm: lambda image: image.reshape(len(image), -1) @ TEACHER)


def test_robust_distillation_is_its_formula_with_the_gradient():
  def formula(params):
    logits = NETWORK.apply({'params': params}, BATCH['image'])
    taught = jax.nn.softmax(BATCH['image'].reshape(5, -1) @ TEACHER / 2)
    divergence = (taught * (jnp.log(taught) - jax.nn.log_softmax(logits / 2))).sum(-1)
    return (0.3 * -(BATCH['label'] * jax.nn.log_softmax(logits)).sum(-1) + 0.7 * 4 * divergence).mean()

  objective = adversarial_distillation(NETWORK, teacher='run', share=0.7, temperature=2.0, attack=STILL)
  ours = jax.value_and_grad(lambda params: objective(params, {}, jax.random.key(1), BATCH)[0])(PARAMS)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.value_and_grad(formula)(PARAMS))


def test_the_student_is_attacked_not_the_teacher():
  moved = adversarial_distillation(NETWORK, teacher='run', attack=dict(epsilon=0.2, steps=3, step_size=0.1))
  still = adversarial_distillation(NETWORK, teacher='run', attack=STILL)
  a, b = (objective(PARAMS, {}, jax.random.key(1), BATCH)[1].metrics for objective in (moved, still))
  assert a['accuracy'] == b['accuracy'] and a['robust_accuracy'] <= b['robust_accuracy']


@pytest.mark.parametrize('workdir', ['', 'run'])
def test_defensive_distillation_is_cross_entropy_at_its_temperature(workdir):
  logits = np.asarray(NETWORK.apply({'params': PARAMS}, BATCH['image']))
  label = np.asarray(jax.nn.softmax(BATCH['image'].reshape(5, -1) @ TEACHER / 20)) if workdir else BATCH['label']
  loss = defensive_distillation(NETWORK, teacher=workdir)(PARAMS, {}, jax.random.key(1), BATCH)[1].loss
  formula = lambda p: -(label * jax.nn.log_softmax(NETWORK.apply({'params': p}, BATCH['image']) / 20)).sum(-1).mean()
  ours = jax.grad(lambda p: defensive_distillation(NETWORK, teacher=workdir)(p, {}, jax.random.key(1), BATCH)[0])(PARAMS)
  jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), ours, jax.grad(formula)(PARAMS))
  np.testing.assert_allclose(loss, -(label * np.asarray(jax.nn.log_softmax(logits / 20))).sum(-1), atol=1e-5)
  if not workdir:
    plain = erm(NETWORK)(PARAMS, {}, jax.random.key(1), BATCH)[1].loss
    same = defensive_distillation(NETWORK, temperature=1.0)(PARAMS, {}, jax.random.key(1), BATCH)[1].loss
    np.testing.assert_allclose(same, plain, atol=1e-5)


def test_bad_values_are_refused():
  with pytest.raises(InputError, match='share 2'):
    adversarial_distillation(NETWORK, teacher='run', share=2.0)
  with pytest.raises(InputError, match='temperature: 0'):
    defensive_distillation(NETWORK, temperature=0.0)
