"""Magnitudes climb where the loss is highest, and no further than the policy goes."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.augment.adversarial_policy import value_range
from jaxaug.models import as_model
from jaxaug.types import InputError, Model

RNG = np.random.default_rng(0)
SIDE = 12
BATCH = {'image': jnp.asarray(np.float32(0.2 + 0.25 * RNG.random((5, SIDE, SIDE, 3)))), 'label': jnp.eye(5)}
WEIGHT = np.float32(RNG.normal(size=(SIDE * SIDE * 3, 5)) * 0.3)
MODEL = as_model(lambda image: jnp.sin(image.reshape(len(image), -1) @ WEIGHT * 2))
BRIGHTER = Model(None, lambda batch: batch['image'].mean((1, 2, 3)))


def one_step(*ops, low=0.0, high=0.5, source='autoaugment'):
  return Policy(((Step(ops, 1.0, low, high),),), source)


def run(make, model=MODEL, batch=BATCH, seed=2):
  return jax.jit(lambda key: make(key, batch, model))(jax.random.key(seed))


@jax.jit
def brightness(key, sign, peak, step_size):
  """The factor by which 100 steps change each image, under a loss of sign * brightness, or with a peak at a factor."""

  def loss(batch):
    factor = (batch['image'] / BATCH['image']).mean((1, 2, 3))
    return jnp.where(peak > 0, -jnp.abs(factor - peak), sign * factor)

  make = augment.worst_of_policy(one_step('Brightness'), 1, 100, step_size)
  image = make(key, BATCH, Model(None, loss))['image']
  return image.mean((1, 2, 3)) / BATCH['image'].mean((1, 2, 3))


def test_brightness_climbs_to_the_end_of_its_range_or_to_a_peak_inside():
  keys = [jax.random.key(i) for i in range(4)]
  np.testing.assert_allclose(brightness(keys[0], 1.0, 0.0, 0.1), 1.45, rtol=1e-5)
  np.testing.assert_allclose(brightness(keys[1], -1.0, 0.0, 0.1), 0.55, rtol=1e-5)
  np.testing.assert_allclose(brightness(keys[2], 1.0, 0.0, 50.0), 1.45, rtol=1e-5)
  np.testing.assert_allclose(brightness(keys[3], 1.0, 1.2, 0.01), 1.2, atol=0.0046)  # half a step of 0.9 * 0.01


def test_without_steps_it_is_the_worst_of_the_plain_policy():
  policy = one_step('Brightness', 'Invert')
  plain = augment.worst_of(augment.policy(policy, 'iid', 'uint8'), 3)
  np.testing.assert_array_equal(
    run(augment.worst_of_policy(policy, 3, mode='iid', pixels='uint8'))['image'], run(plain)['image']
  )


def test_more_draws_and_more_steps_never_lower_the_loss():
  policy = one_step('Contrast', low=0.2)
  made = [augment.worst_of_policy(policy, k, steps, 0.05) for k, steps in ((1, 0), (1, 2), (4, 2))]
  one, climbed, more = (np.asarray(MODEL.loss({**BATCH, 'image': run(make)['image']})) for make in made)
  assert (climbed >= one - 1e-5).all() and one.mean() + 0.01 < climbed.mean() < more.mean()


def test_magnitude_zero_stays_zero_and_ops_without_a_value_stay():
  out = run(augment.worst_of_policy(one_step('Brightness', 'Invert', high=0.0), 1, 3))['image']
  changed = jnp.abs(out - BATCH['image']).max((1, 2, 3)) > 1e-6
  np.testing.assert_allclose(out[changed], 1 - BATCH['image'][changed], atol=1e-6)
  assert 0 < changed.sum() < 5


def test_the_gradient_of_a_value_is_the_slope_of_the_loss():
  ops = ('ShearX', 'TranslateY', 'Rotate', 'SolarizeAdd', 'Sharpness', 'SamplePairing')
  policy, count, side = one_step(*ops), len(ops), 24
  y, x = np.mgrid[:side, :side] / side
  waves = lambda i: np.stack([np.sin(5 * x + i), np.cos(4 * y - i), np.sin(3 * (x + y) + 2 * i)], -1)
  window = np.sin(np.pi * (x + 0.5 / side))[..., None] * np.sin(np.pi * (y + 0.5 / side))[..., None]
  image = jnp.asarray(np.stack([(0.3 + 0.2 * waves(i)) * window for i in range(count)]), jnp.float32)
  weight = jnp.asarray(np.stack([waves(i + 0.5) * window for i in range(count)]), jnp.float32)
  low, high = value_range(policy, side)
  value = 0.3 * low + 0.7 * high
  whole = lambda a: jnp.asarray(a)[None]
  draws = augment.Draws(
    op=whole(np.arange(count)),
    used=whole(np.ones(count, bool)),
    value=value,
    place=jnp.zeros((1, count, 2)),
    partner=whole(np.roll(np.arange(count), 1)),
  )
  losses = jax.jit(lambda v: (augment.run_draws(image, draws._replace(value=v), policy) * weight).sum((1, 2, 3)))
  slope = jax.jit(jax.grad(lambda v: losses(v).sum()))(value)[0]
  half = 0.005 * (high - low)
  measured = (losses(value + half) - losses(value - half)) / (2 * half[0])
  np.testing.assert_allclose(slope, measured, rtol=0.05, atol=1e-3)
  assert (np.abs(slope) > 1e-3).all()


@pytest.mark.parametrize('source', ('autoaugment', 'torchvision', 'tpu', 'trivialaugment'))
def test_the_range_is_what_magnitudes_up_to_the_highest_give(source):
  table = augment.space(source)
  first, second = Step(tuple(table), 1.0, 0.1, 0.6), Step(('Rotate',))
  policy = Policy(((first, second), (Step(('Rotate',), 1.0, 0.0, 0.3),)), source)
  low, high = (np.asarray(ends) for ends in value_range(policy, 40))
  magnitudes = jnp.linspace(0, 1, 11, dtype=jnp.float32)[:7]  # to .6
  for i, name in enumerate(augment.op_names(policy)):
    signs = (1, -1) if table[name].signed else (1,)
    values = np.stack([table[name].value_at(sign * magnitudes, 40) for sign in signs])
    np.testing.assert_allclose((low[0, i], high[0, i]), (values.min(), values.max()), rtol=1e-6, err_msg=name)
  most = float(table['Rotate'].value_at(jnp.float32(1.0), 40))
  turns = augment.op_names(policy).index('Rotate')
  assert (low[1, turns], high[1, turns]) == (-most, most)


def test_masks_and_boxes_go_where_the_climb_ends():
  spot = jnp.zeros((5, SIDE, SIDE, 3)).at[:, 4:7, 5:8].set(1.0)
  batch = {'image': spot, 'mask': spot[..., 0].astype(jnp.int32), 'boxes': jnp.tile(jnp.array([5.0, 4, 8, 7]), (5, 1, 1))}
  rightmost = Model(None, lambda batch: (batch['image'] * jnp.arange(SIDE)[None, None, :, None]).sum((1, 2, 3)))
  pixels = 3 / (150 / 331 * SIDE)  # the magnitude of 3 pixels
  out = run(augment.worst_of_policy(one_step('TranslateX', high=pixels), 1, 30, 0.05), rightmost, batch)
  np.testing.assert_allclose(out['image'], jnp.roll(spot, 3, 2), atol=1e-4)
  np.testing.assert_array_equal(out['mask'], jnp.roll(batch['mask'], 3, 2))
  np.testing.assert_allclose(out['boxes'], batch['boxes'] + jnp.array([3.0, 0, 3, 0])[None, None], atol=1e-3)


def test_it_runs_as_accelerators_run_it(monkeypatch):
  make = augment.worst_of_policy(one_step('Brightness', 'Invert'), 4, 1)
  loop = run(make, BRIGHTER)['image']
  form = lambda mode: 'groups' if mode == 'balanced' else 'chunks'
  monkeypatch.setattr(sys.modules['jaxaug.augment.adversarial_policy'], 'fastest_form', form)
  np.testing.assert_allclose(run(make, BRIGHTER)['image'], loop, atol=1e-6)


def test_no_gradient_flows_through_a_climb():
  make = augment.worst_of_policy(one_step('Brightness'), 1, 1)
  out = lambda image: make(jax.random.key(0), {'image': image}, BRIGHTER)['image'].sum()
  assert not jax.jit(jax.grad(out))(BATCH['image']).any()


def test_a_network_that_gives_no_number_has_failed():
  broken = Model(
    None, lambda batch: jnp.where(batch['image'].mean((1, 2, 3)) > 0.4, jnp.nan, batch['image'].mean((1, 2, 3)))
  )
  out = run(augment.worst_of_policy(one_step('Brightness'), 1, 12, 0.1), broken)['image']
  assert np.isfinite(out).all() and (out.mean((1, 2, 3)) > 0.4).all()


def test_by_name_it_is_randaugment(monkeypatch):
  monkeypatch.setattr(sys.modules['jaxaug.augment.policies'], 'FOURTEEN', ('Brightness', 'Contrast', 'Invert'))
  settings = {'n': 2, 'm': 5, 'k': 3, 'source': 'torchvision_wide', 'steps': 1, 'step_size': 0.2, 'mode': 'iid'}
  made = augment.create(('adversarial_policy',), adversarial_policy=settings)
  policy = augment.randaugment_policy(2, 5, 'torchvision_wide')
  theirs = augment.compose(augment.worst_of_policy(policy, 3, 1, 0.2, 'iid'))
  ours = run(made)
  np.testing.assert_array_equal(ours['image'], run(theirs)['image'])
  assert (ours['image'] != BATCH['image']).any((1, 2, 3)).sum() > 2 and (ours['label'] == BATCH['label']).all()


@pytest.mark.parametrize(
  'values, words',
  (
    (dict(k=0), 'adversarial_policy.k: 0'),
    (dict(steps=-1), 'adversarial_policy.steps: -1'),
    (dict(step_size=-0.1), 'adversarial_policy.step_size: -0.1'),
    (dict(steps=1, pixels='uint8'), "adversarial_policy.pixels: 'uint8' has no gradient"),
    (dict(pixels='int'), "pixels: 'int' is unknown"),
    (dict(steps=1, pixels='int'), "pixels: 'int'"),
    (dict(mode='both'), "mode: 'both' is unknown"),
    (dict(n=0), 'n, m = 0, 9'),
    (dict(source='tpus'), "policy.source: 'tpus'"),
  ),
)
def test_bad_arguments_are_named(values, words):
  with pytest.raises(InputError, match=words):
    augment.adversarial_policy(**values)


def test_bytes_have_no_gradient():
  batch = {'image': jnp.zeros((2, 4, 4, 3), jnp.uint8)}
  with pytest.raises(InputError, match='image is uint8'):
    augment.adversarial_policy(steps=1)(jax.random.key(0), batch, BRIGHTER)
