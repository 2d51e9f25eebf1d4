"""One program, every image its own policy: all forms are the naive loop, draws are what they say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.augment.apply_policy import FORMS
from jaxaug.augment.space import FUNCTIONS
from jaxaug.types import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (37, 12, 10, 3), np.uint8)
EVERYTHING = Policy(((Step(tuple(FUNCTIONS), 0.8, 0.1, 0.9),),), 'autoaugment')
MIXED = Policy(
  ((Step(('Rotate', 'Invert'), 0.5, 0.0, 1.0, 11), Step(('Color',))), (Step(('Cutout', 'Equalize', 'Solarize')),))
)
TWICE = Policy(((Step(('Invert', 'Invert', 'Invert', 'Identity')),),))
POLICIES = {'twice': TWICE, 'everything': EVERYTHING, 'autoaugment': augment.autoaugment_policy('cifar10'), 'mixed': MIXED}


def naive(images, draws, policy):
  """Image by image, op by op."""
  names, table = augment.op_names(policy), augment.space(policy.source)
  came = images
  for layer in range(len(draws.op)):
    before = images
    images = np.stack(
      [
        table[names[int(draws.op[layer, i])]].fn(
          before[i], draws.value[layer, i], draws.place[layer, i], came[int(draws.partner[layer, i])]
        )
        if draws.used[layer, i]
        else before[i]
        for i in range(len(before))
      ]
    )
  return images


@pytest.mark.parametrize(
  'name, mode',
  [('twice', 'balanced'), ('everything', 'balanced'), ('autoaugment', 'iid'), ('mixed', 'balanced'), ('mixed', 'iid')],
)
def test_every_form_is_the_naive_loop_bit_for_bit(name, mode):
  policy, key = POLICIES[name], jax.random.key(3)
  draw = jax.jit(lambda key: augment.draw(key, len(IMAGES), policy, IMAGES.shape[1:3], mode))
  draws = jax.device_get(draw(key))
  expected = naive(IMAGES, draws, policy)
  assert (expected != IMAGES).any(axis=(1, 2, 3)).sum() > 20
  for form in FORMS:
    if form == 'groups' and mode == 'iid' or form == 'switch' and name != 'mixed':  # which runs, and compiles, every op
      continue
    run = jax.jit(lambda images, draws, form=form: augment.run_draws(images, draws, policy, form))
    assert (np.asarray(run(IMAGES, draws)) == expected).all(), form
  again = augment.apply_policy(jax.random.key(3), IMAGES, policy, mode)
  off = np.abs(np.asarray(again).astype(int) - expected) > 1
  assert off.mean() < 1e-2  # a value drawn in another program may round differently


def test_floats_run_in_every_form_too():
  images = jnp.asarray(IMAGES) / 255.0
  draws = augment.draw(jax.random.key(0), len(images), EVERYTHING, 10)
  run = jax.jit(augment.run_draws, static_argnums=(2, 3))
  ends = [run(images, draws, EVERYTHING, form) for form in FORMS if form != 'switch']
  assert all(np.allclose(ends[0], end, atol=1e-5) for end in ends[1:])


@pytest.mark.parametrize('name', ('autoaugment', 'mixed'))
def test_permuting_images_with_their_draws_permutes_the_result(name):
  policy = POLICIES[name]
  draws = augment.draw(jax.random.key(0), len(IMAGES), policy, 10)
  order = np.random.default_rng(0).permutation(len(IMAGES))
  straight = augment.run_draws(IMAGES, draws, policy)
  moved = augment.run_draws(IMAGES[order], jax.tree.map(lambda a: a[:, order], draws), policy)
  assert (straight[order] == moved).all()


@pytest.mark.parametrize('mode', ('balanced', 'iid'))
def test_ops_are_drawn_equally_often(mode):
  policy, count = augment.randaugment_policy(), 37
  draw = jax.jit(jax.vmap(lambda key: augment.draw(key, count, policy, 32, mode).op))
  op = np.asarray(draw(jax.random.split(jax.random.key(0), 400)))  # [400, 2, 37]
  first = np.bincount(op[:, 0, 5], minlength=14), np.bincount(op[:, 1, 36], minlength=14)  # one image, over keys
  pairs = np.bincount(op[:, 0, 5] * 14 + op[:, 1, 5], minlength=196)
  for counts in (*first, pairs):
    assert scipy.stats.chisquare(counts).pvalue > 1e-3
  sizes = np.stack([np.bincount(row, minlength=14) for row in op[:, 0]])
  assert set(np.unique(sizes)) == {2, 3} if mode == 'balanced' else sizes.max() > 5


def test_probabilities_signs_levels_and_places_are_what_they_say():
  step = Step(('Rotate',), 0.3, 0.0, 1.0, 4)
  draws = augment.draw(jax.random.key(1), 4000, Policy(((step,),), 'autoaugment'), 32)
  assert abs(draws.used.mean() - 0.3) < 0.03
  values, counts = np.unique(np.round(draws.value[0], 3), return_counts=True)
  assert np.round(values).tolist() == [-30, -20, -10, 0, 10, 20, 30]
  assert scipy.stats.chisquare(counts, 4000 / 8 * np.array([1, 1, 1, 2, 1, 1, 1])).pvalue > 1e-3
  assert scipy.stats.kstest(np.asarray(draws.place).ravel(), 'uniform').pvalue > 1e-3
  assert not any(np.asarray(augment.draw(jax.random.key(2), 500, Policy(((Step(('Rotate',), 0.0),),)), 32).used).ravel())


def test_sub_policies_are_kept_together():
  policy = Policy(((Step(('Invert',)), Step(('Equalize',))), (Step(('Rotate',)), Step(('Color',)))))
  for mode in ('balanced', 'iid'):
    op = np.asarray(augment.draw(jax.random.key(0), 100, policy, 32, mode).op)
    names = np.array(augment.op_names(policy))[op]
    assert set(map(tuple, names.T)) == {('Invert', 'Equalize'), ('Rotate', 'Color')}


def test_translations_go_by_the_side_they_move_along():
  """As in torchvision and timm: an image lower than wide keeps most of its rows."""
  policy = Policy(((Step(('TranslateX', 'TranslateY')),),), 'torchvision')
  draws = augment.draw(jax.random.key(0), 8, policy, (32, 100))
  pixels = np.abs(np.asarray(draws.value[0])), np.array(augment.op_names(policy))[np.asarray(draws.op[0])]
  assert {(name, int(value)) for value, name in zip(*pixels)} == {('TranslateX', 45), ('TranslateY', 14)}


def test_fill_is_what_comes_in_and_what_cutout_paints():
  policy = Policy(((Step(('TranslateX', 'Cutout')),),), 'autoaugment')
  black = np.zeros((6, 40, 40, 3), np.uint8)
  done = np.asarray(augment.apply_policy(jax.random.key(0), black, policy, fill=128))
  assert set(np.unique(done)) == {0, 128} and ((done == 128).any((1, 2, 3))).all()
  floats = augment.policy(policy, pixels='float', fill=51)(jax.random.key(0), {'image': black / np.float32(255)}, None)
  assert np.isclose(floats['image'].max(), 0.2)


def test_what_was_made_of_a_policy_stands_for_it():
  for given in (MIXED, augment.policy(MIXED)):
    assert augment.apply_policy(jax.random.key(0), IMAGES, given).shape == IMAGES.shape


def test_compiled_once_for_a_shape():
  traced = []

  @jax.jit
  def run(key, images):
    traced.append(1)
    return augment.apply_policy(key, images, MIXED)

  for i in range(3):
    run(jax.random.key(i), IMAGES)
  assert len(traced) == 1


def test_bad_choices_are_named():
  key = lambda: jax.random.key(0)
  with pytest.raises(InputError, match="mode: 'idd' is unknown. Did you mean 'iid'"):
    augment.apply_policy(key(), IMAGES, MIXED, 'idd')
  with pytest.raises(InputError, match="form: 'lop' is unknown"):
    augment.apply_policy(key(), IMAGES, MIXED, form='lop')
  with pytest.raises(InputError, match="'groups' needs mode 'balanced'"):
    augment.apply_policy(key(), IMAGES, MIXED, 'iid', 'groups')
  with pytest.raises(InputError, match=r'images are \[12, 10, 3\]'):
    augment.apply_policy(key(), IMAGES[0], MIXED)
  with pytest.raises(InputError, match='fill: 256'):
    augment.apply_policy(key(), IMAGES, MIXED, fill=256)
  for no_policy in ('cifar10', augment.mixup(), None):
    with pytest.raises(InputError, match='is no Policy'):
      augment.apply_policy(key(), IMAGES, no_policy)
  with pytest.raises(InputError, match='Rotatt'):
    augment.apply_policy(key(), IMAGES, Policy(((Step(('Rotatt',)),),)))
