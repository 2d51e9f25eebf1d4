"""An attack by its name is that attack."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import attacks
from jaxaug.augment import AUGMENTS, create
from jaxaug.models import as_model
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
WEIGHT = np.float32(RNG.normal(size=(36, 3)))
BATCH = {'image': RNG.random((4, 6, 6, 1), np.float32), 'label': np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]}
MODEL = as_model(lambda image: jnp.tanh(image.reshape(len(image), -1) - 0.5) @ WEIGHT)
BALL = attacks.threat_model('l2', 0.5)


@pytest.mark.parametrize(
  'name, settings, made',
  (
    ('apgd', dict(steps=4, loss='dlr', restarts=2), lambda **k: attacks.apgd(BALL, unroll=False, **k)),
    ('apgd_targeted', dict(steps=3, loss='margin'), lambda **k: attacks.apgd_targeted(BALL, unroll=False, **k)),
    ('fab', dict(steps=3, targets=1), lambda **k: attacks.fab(BALL, unroll=False, **k)),
    ('square', dict(queries=6), lambda **k: attacks.square(BALL, unroll=False, **k)),
    ('deepfool', dict(steps=3), lambda **k: attacks.deepfool(BALL, unroll=False, **k)),
    ('carlini_wagner', dict(steps=3, searches=2), lambda **k: attacks.carlini_wagner(BALL, **k)),
  ),
)
def test_it_is_the_attack_of_that_name(name, settings, made):
  run = lambda attack: jax.jit(lambda key: attack(key, BATCH, MODEL)['image'])(jax.random.key(1))
  ours = run(AUGMENTS['attack'](name, 'l2', 0.5, settings=settings))
  np.testing.assert_array_equal(ours, run(made(**settings)))


@pytest.mark.parametrize(
  'settings, words',
  (
    (dict(name='agpd'), "attack.name: 'agpd' is unknown. Did you mean 'apgd'"),
    (dict(name='fab', settings=dict(queries=3)), "attack.settings: 'queries' is unknown"),
    (dict(name='deepfool', norm='l1'), 'deepfool: norm l1'),
  ),
)
def test_bad_settings_are_named(settings, words):
  with pytest.raises(InputError, match=words):
    create(('attack',), attack=settings)
