"""Answers under changes that no one chose."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import evaluate
from jaxaug.evaluate.stability import stability_settings
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((6, 8, 8, 1), np.float32)


def shares(logits_fn, rows=slice(None), **settings):
  same = evaluate.same_answers(logits_fn, stability_settings(settings))
  batch = {'image': IMAGE[rows], 'id': np.arange(6, dtype=np.int32)[rows]}
  return jax.tree.map(np.asarray, jax.jit(same)(jax.random.key(0), batch))


def bright(image):
  total = image.mean((1, 2, 3))
  return jnp.stack([total, jnp.full_like(total, 0.5)], -1)


def test_a_constant_answer_is_always_the_same():
  for share in shares(lambda image: jnp.zeros((len(image), 3)).at[:, 1].set(1.0)).values():
    assert (share == 1).all()


def test_only_what_moves_the_answer_counts():
  found = shares(bright, draws=20, brightness=0.9)
  near = np.abs(IMAGE.mean((1, 2, 3)) - 0.5) < 0.1
  assert (found['brightness'][near] < 1).all() and (found['noise'] > found['brightness'].mean()).any()


def test_no_size_is_no_change_and_a_row_does_not_depend_on_the_others():
  still = shares(bright, noise=0.0, degrees=0.0, pixels=0.0, brightness=0.0)
  assert all((share == 1).all() for share in still.values())
  whole, part = shares(bright, brightness=0.9), shares(bright, slice(2, 5), brightness=0.9)
  assert all((whole[kind][2:5] == part[kind]).all() for kind in whole)


def test_scores_are_means_and_shares_of_ones():
  found = evaluate.stability_scores({'noise': np.array([1.0, 0.5, 1.0, 0.0])}, {'draws': 2})
  assert found['kinds']['noise']['same'] == 0.625 and found['kinds']['noise']['always']['value'] == 0.5
  assert found['settings'] == {'draws': 2}
  rounded = evaluate.stability_scores({'noise': np.float32([0.99999994, 40 / 41])}, {'draws': 41})
  assert rounded['kinds']['noise']['always']['value'] == 0.5


def test_bad_settings_are_named():
  with pytest.raises(InputError, match='draws 0'):
    evaluate.evaluation_settings(dict(stability=dict(draws=0)))
