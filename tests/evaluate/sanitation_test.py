"""Sanitisers under an attack that looks through them: the Model behind one, and the measure on an untrained network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, data, evaluate, models, parallel
from jaxaug.evaluate.arm import Arm
from jaxaug.evaluate.sanitation import measure_sanitation
from jaxaug.types import InputError

WEIGHT = np.random.default_rng(1).normal(size=(64, 3)).astype(np.float32)
MODEL = models.as_model(lambda image: image.reshape(len(image), -1) @ WEIGHT)
IMAGE = np.random.default_rng(0).uniform(0.2, 0.8, (6, 8, 8, 1)).astype(np.float32)
BATCH = {'image': jnp.asarray(IMAGE), 'label': jnp.eye(3)[np.arange(6) % 3], 'id': jnp.arange(6)}


def test_behind_a_fixed_sanitiser_are_its_answers_and_a_gradient_straight_through():
  sanitize = augment.bits(2)
  shown = evaluate.behind(sanitize, MODEL, jax.random.key(0))
  washed = sanitize(jax.random.key(1), BATCH, MODEL)
  np.testing.assert_allclose(shown.logits(BATCH), MODEL.logits(washed), atol=1e-5)
  np.testing.assert_allclose(shown.loss(BATCH), MODEL.loss(washed), atol=1e-5)
  slope = lambda model, batch: jax.grad(lambda image: model.loss({**batch, 'image': image}).sum())(batch['image'])
  np.testing.assert_allclose(slope(shown, BATCH), slope(MODEL, washed), atol=1e-5)


def test_behind_a_random_one_is_the_mean_over_draws_fresh_for_each_image_row_by_row():
  sanitize = augment.resize_pad(0.5)
  key = jax.random.key(0)
  shown = jax.jit(lambda batch, draws: evaluate.behind(sanitize, MODEL, key, draws).loss(batch), static_argnums=1)
  one, many = np.asarray(shown(BATCH, 1)), np.asarray(shown(BATCH, 300))
  place = lambda number: MODEL.loss(sanitize(jax.random.fold_in(jax.random.key(1), number), BATCH, MODEL))
  places = np.asarray(jax.jit(lambda numbers: jax.lax.map(place, numbers))(jnp.arange(300)))
  expected, spread = np.mean(places, 0), np.std(places, 0)
  assert (spread > 0.01).all() and (np.abs(many - expected) < 5 * spread * (2 / 300) ** 0.5).all()
  assert (np.abs(one - many) > 1e-3).any()
  few = {field: values[2:4] for field, values in BATCH.items()}
  np.testing.assert_allclose(shown(few, 5), shown(BATCH, 5)[2:4], atol=1e-5)
  near = {**BATCH, 'image': BATCH['image'] + 1e-4}
  assert (np.abs(shown(near, 1) - one) > 1e-2).any()  # another image, other draws
  np.testing.assert_array_equal(shown(BATCH, 5), shown(BATCH, 5))


def test_without_a_sanitiser_it_is_the_network():
  shown = evaluate.behind(augment.identity, MODEL, jax.random.key(0))
  np.testing.assert_allclose(shown.loss(BATCH), MODEL.loss(BATCH), atol=1e-6)


@pytest.fixture(scope='module')
def arm(tmp_path_factory):
  splits = data.load({'source': 'digits', 'per_class': 20})
  network = models.create('mlp', 10, hidden=(16,))
  variables = parallel.replicate(network.init(jax.random.key(0), np.zeros((1, 8, 8, 1), np.float32)))
  sanitation = dict(names=('bits', 'resize_pad'), examples=50, draws=3, bits={'kept': 8})
  attack = dict(epsilon=0.2, steps=3, step_size=0.1)
  settings = evaluate.evaluation_settings(dict(batch_size=32, attack=attack, sanitation=sanitation))
  keys = dict(zip(('attack', 'augment', 'sample'), jax.random.split(jax.random.key(1), 3)))
  place = tmp_path_factory.mktemp('arm')
  arm = Arm('plain', {}, network, variables, 7, settings, splits, splits.test, place, keys, {}, {}, {}, {})
  measure_sanitation(arm)
  return arm


def test_the_measure_stands_beside_the_network_without_one(arm):
  found = arm.scores['sanitation']
  assert found['examples'] == 50 and found['draws'] == 3 and 'PGD-3, Linf 0.2' in found['attack']
  none, bits, random = (found['sanitizers'][name] for name in ('none', 'bits', 'resize_pad'))
  assert list(found['sanitizers']) == ['none', 'bits', 'resize_pad'] and bits['settings'] == {'kept': 8}
  logits = arm.logits_fn()(data.as_batch({'image': arm.splits.test['image'][:50]})['image'])
  right = (np.asarray(logits).argmax(-1) == arm.splits.test['label'][:50].argmax(-1)).mean()
  assert none['clean']['value'] == pytest.approx(right) and none['robust']['value'] < right
  assert bits['clean'] == none['clean']  # 8 bits wash nothing out of 8-bit images
  for sanitizer in (bits, random):
    difference = sanitizer['robust']['value'] - none['robust']['value']
    assert sanitizer['difference']['value'] == pytest.approx(difference)
    assert sanitizer['robust']['low'] <= sanitizer['robust']['value'] <= sanitizer['robust']['high']
  assert 'difference' not in none


def test_it_is_told_in_the_table(arm):
  scores = {**arm.scores, 'clean': evaluate.clean_scores(np.eye(4, 3) * 5, np.eye(4, 3))}
  text = evaluate.table({'arms': {'plain': scores}, 'comparisons': []})
  assert 'plain: no sanitiser: ' in text and 'plain: behind bits (kept 8): ' in text and 'first 50 images' in text


@pytest.mark.parametrize(
  'section, words',
  (
    (dict(names=('bitz',)), "evaluate.sanitation.names: 'bitz' is unknown. Did you mean 'bits'"),
    (dict(bits={'kept': 9}), 'bits.kept: 9'),
    (dict(jpeg={'kept': 9}), "evaluate.sanitation.jpeg: 'kept' is unknown"),
    (dict(draws=0), 'draws 0'),
    (dict(names='bits'), 'must be tuple'),
  ),
)
def test_bad_settings_are_named(section, words):
  with pytest.raises(InputError, match=words):
    evaluate.sanitation_settings(section)


def test_it_needs_an_attack():
  with pytest.raises(InputError, match='evaluate.sanitation and evaluate.explain need evaluate.attack'):
    evaluate.evaluation_settings(dict(sanitation=dict(draws=2)))
