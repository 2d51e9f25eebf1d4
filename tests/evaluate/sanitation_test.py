"""Sanitisers under an attack that looks through them: the Model behind one, and the measure on an untrained network."""

import sys

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
SCORES = {'clean': evaluate.clean_scores(np.eye(4, 3) * 5, np.eye(4, 3))}
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


def test_autoattack_goes_through_each_sanitiser_and_draws_where_it_draws(arm, monkeypatch):
  module = sys.modules['jaxaug.attacks.autoattack']
  stages = module._stages
  monkeypatch.setattr(module, '_stages', lambda *a: (stages(*a)[0][:1], []))  # the others only add time
  monkeypatch.setattr(module, 'DRAWS', 3)
  section = dict(names=('bits', 'resize_pad'), examples=8, draws=2, autoattack=dict(epsilon=0.2, examples=8, batch_size=8))
  settings = {**arm.settings, 'sanitation': evaluate.sanitation_settings(section)}
  attacked = arm._replace(settings=settings, scores={})
  measure_sanitation(attacked)
  found = attacked.scores['sanitation']['sanitizers']
  told = {name: found[name]['autoattack']['attack'] for name in found}
  fixed = 'AutoAttack standard, Linf 0.2'
  assert told == {'none': fixed, 'bits': fixed, 'resize_pad': 'AutoAttack rand, Linf 0.2'}
  assert all(found[name]['autoattack']['examples'] == 8 for name in found)
  assert found['none']['autoattack']['accuracy']['value'] <= found['none']['robust']['value']
  assert len(list(arm.place.glob('autoattack-plain-behind-*.npz'))) == 3
  text = evaluate.table({'arms': {'plain': {**attacked.scores, **SCORES}}, 'comparisons': []})
  assert 'plain: behind resize_pad: ' in text and 'under AutoAttack rand, Linf 0.2, first 8 images' in text


def test_what_a_random_sanitiser_draws_for_a_row_follows_its_key_alone():
  keys = jax.random.split(jax.random.key(3), 6)
  answers = evaluate.answers_behind(augment.resize_pad(0.5), MODEL)
  logits_fn = jax.jit(lambda image, keys: answers(image, jax.random.clone(keys)))
  whole = logits_fn(BATCH['image'], jax.random.clone(keys))
  np.testing.assert_allclose(logits_fn(BATCH['image'][2:4], jax.random.clone(keys)[2:4]), whole[2:4], atol=1e-5)
  assert (np.abs(logits_fn(BATCH['image'], jax.random.clone(keys)[::-1]) - whole) > 1e-3).any()
  fixed = evaluate.answers_behind(augment.bits(2), MODEL, jax.random.key(0))
  washed = augment.bits(2)(jax.random.key(1), BATCH, MODEL)
  np.testing.assert_allclose(fixed(BATCH['image']), MODEL.logits(washed), atol=1e-5)


def test_it_is_told_in_the_table(arm):
  text = evaluate.table({'arms': {'plain': {**arm.scores, **SCORES}}, 'comparisons': []})
  assert 'plain: no sanitiser: ' in text and 'plain: behind bits (kept 8): ' in text and 'first 50 images' in text


@pytest.mark.parametrize(
  'section, words',
  (
    (dict(names=('bitz',)), "evaluate.sanitation.names: 'bitz' is unknown. Did you mean 'bits'"),
    (dict(bits={'kept': 9}), 'bits.kept: 9'),
    (dict(jpeg={'kept': 9}), "evaluate.sanitation.jpeg: 'kept' is unknown"),
    (dict(draws=0), 'draws 0'),
    (dict(names='bits'), 'must be tuple'),
    (dict(autoattack={'version': 'rand'}), 'evaluate.sanitation.autoattack.version'),
    (dict(autoattack={'epsilon': -1.0}), 'epsilon: -1'),
  ),
)
def test_bad_settings_are_named(section, words):
  with pytest.raises(InputError, match=words):
    evaluate.sanitation_settings(section)


def test_it_needs_an_attack():
  with pytest.raises(InputError, match='evaluate.sanitation and evaluate.explain need evaluate.attack'):
    evaluate.evaluation_settings(dict(sanitation=dict(draws=2)))
