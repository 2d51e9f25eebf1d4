"""Certified accuracy on linear networks, whose margins are known."""

import jax
import numpy as np
import pytest

from jaxaug import evaluate
from jaxaug.types import InputError

WEIGHT = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
IMAGE = np.random.default_rng(0).uniform(0.3, 0.7, (25, 3, 3, 1)).astype(np.float32)
GAP = IMAGE.reshape(25, -1) @ (WEIGHT[:, 0] - WEIGHT[:, 1])
EXAMPLES = {'image': IMAGE, 'label': np.eye(2, dtype=np.float32)[np.arange(25) % 2]}
RIGHT = np.where(np.arange(25) % 2 == 0, GAP, -GAP)
linear = lambda image: image.reshape(len(image), -1) @ WEIGHT


@pytest.mark.parametrize('method', ['ibp', 'crown'])
def test_bounds_are_the_closed_form_on_a_linear_network(method):
  settings = evaluate.certified_settings(dict(method=method, epsilon=0.05, batch_size=10))
  scores, right = evaluate.certified_scores(linear, EXAMPLES, settings, jax.random.key(0))
  reach = 0.05 * np.abs(WEIGHT[:, 0] - WEIGHT[:, 1]).sum()
  assert (right == (RIGHT > reach)).all() and 0 < right.sum() < (RIGHT > 0).sum()
  assert scores['accuracy']['value'] == right.mean() and scores['norm'] == 'linf' and scores['examples'] == 25


def test_smoothing_counts_what_is_right_beyond_the_radius():
  settings = evaluate.certified_settings(dict(method='smoothing', epsilon=0.1, sigma=0.25, copies=2000, examples=12))
  scores, right = evaluate.certified_scores(linear, EXAMPLES, settings, jax.random.key(0))
  exact = RIGHT[:12] / np.linalg.norm(WEIGHT[:, 0] - WEIGHT[:, 1])  # the smoothed linear classifier's own radius
  assert not right[exact < 0.1].any() and right[exact > 0.25].all()
  assert (
    scores['certificate'] == 'smoothing, sigma 0.25, 2,000 copies, 100 to choose, alpha 0.001, L2 0.1'
    and scores['norm'] == 'l2'
  )
  assert scores['clean']['value'] + scores['abstained'] <= 1 and scores['smoothed']


@pytest.mark.parametrize('section,words', [({'method': 'ibq'}, "'ibq' is unknown"), ({'epsilon': -1.0}, 'epsilon -1')])
def test_bad_settings_are_named(section, words):
  with pytest.raises(InputError, match=words):
    evaluate.evaluation_settings({'certified': section})
