"""The attack from plain values is the attack."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks import margin, pgd, threat_model
from jaxaug.augment import adversarial
from jaxaug.models import as_model
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
WEIGHT = np.float32(RNG.normal(size=(4, 3)) * 3)
BATCH = {'image': RNG.random((5, 2, 2, 1), np.float32), 'label': np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]}
MODEL = as_model(lambda image: jnp.sin(3 * image.reshape(len(image), -1)) @ WEIGHT)


def run(augment):
  return jax.jit(lambda key: augment(key, BATCH, MODEL)['image'])(jax.random.key(3))


@pytest.mark.parametrize(
  'values, loss',
  (
    (dict(norm='linf', epsilon=0.2, steps=3, step_size=0.1), None),
    (dict(norm='l2', epsilon=0.4, steps=2, step_size=0.3, restarts=2, momentum=0.5, bounds=(0.0, 0.9)), margin),
    (dict(norm='linf', epsilon=0.1, steps=2, step_size=0.05, random_start=False), None),
    (dict(norm='linf', epsilon=0.1, steps=2, step_size=0.05, noise=0.01), None),
  ),
)
def test_it_is_pgd_with_the_same_values(values, loss):
  ball = threat_model(values['norm'], values['epsilon'], values.get('bounds', (0.0, 1.0)), values.get('noise', 0.0))
  own = {name: value for name, value in values.items() if name not in ('norm', 'epsilon', 'bounds', 'noise')}
  ours = run(adversarial(**values, loss='margin' if loss else ''))
  np.testing.assert_array_equal(ours, run(pgd(ball, **own, loss=loss, unroll=False)))
  assert (ours != BATCH['image']).any()


def test_the_defaults_are_10_steps_of_a_quarter_of_a_tenth():
  attack = pgd(threat_model('linf', 0.1), steps=10, step_size=0.025, unroll=False)
  np.testing.assert_array_equal(run(adversarial()), run(attack))


@pytest.mark.parametrize(
  'values, words',
  (
    (dict(loss='margn'), "loss: 'margn' is unknown. Did you mean 'margin'"),
    (dict(target='seccond'), "target: 'seccond' is unknown. Did you mean 'second'"),
    (dict(step_size=-0.1), 'step_size: -0.1'),
    (dict(norm='l3'), 'norm'),
    (dict(epsilon=-1), 'epsilon'),
    (dict(steps=-1), 'steps'),
    (dict(noise=0.1, random_start=False), 'noise: 0.1 is a random start'),
    (dict(bounds=(1.0, 0.0)), 'bounds'),
  ),
)
def test_bad_values_are_refused(values, words):
  with pytest.raises(InputError, match=words):
    adversarial(**values)


def test_full_strength_is_no_larger_than_the_radius_itself():
  grey = {**BATCH, 'image': np.zeros((5, 2, 2, 1), np.float32), 'strength': np.ones(5, np.float32)}
  moved = adversarial(epsilon=0.1, steps=3, step_size=0.1)(jax.random.key(0), grey, MODEL)['image']
  assert 0.09 < np.asarray(moved, np.float64).max() <= 0.1


@pytest.mark.parametrize('target, place', (('second', -2), ('least_likely', 0)))
def test_it_leads_towards_a_class_and_keeps_the_label(target, place):
  logits = np.asarray(MODEL.logits(BATCH))
  own = {**BATCH, 'label': np.eye(3, dtype=np.float32)[logits.argmax(-1)]}
  aim = np.eye(3, dtype=np.float32)[np.argsort(logits, -1)[:, place]]
  values = dict(epsilon=0.2, steps=3, step_size=0.1)
  moved = adversarial(**values, target=target)(jax.random.key(3), own, MODEL)
  attack = pgd(threat_model('linf', 0.2), steps=3, step_size=0.1, targeted=True, unroll=False)
  np.testing.assert_array_equal(moved['image'], attack(jax.random.key(3), {**own, 'label': aim}, MODEL)['image'])
  assert moved['label'] is own['label']
  loss = lambda image: np.asarray(MODEL.loss({'image': image, 'label': aim}))
  assert (loss(moved['image']) < loss(BATCH['image'])).all()
