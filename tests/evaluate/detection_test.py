"""Detectors against their formulas."""

import jax
import numpy as np
import pytest
import scipy.spatial
import scipy.special

from jaxaug import evaluate, ops
from jaxaug.types import InputError

WEIGHT = np.random.default_rng(1).normal(size=(16, 3)).astype(np.float32)
IMAGE = np.random.default_rng(0).random((5, 4, 4, 1), np.float32)
BATCH = {'image': IMAGE}
linear = lambda image: image.reshape(len(image), -1) @ WEIGHT
LOGITS = IMAGE.reshape(5, -1) @ WEIGHT


def ask(score):
  return np.asarray(jax.jit(lambda key: score(key, BATCH))(jax.random.key(0)))


def test_softmax_and_energy():
  np.testing.assert_allclose(ask(evaluate.softmax_score(linear)), -scipy.special.softmax(LOGITS, -1).max(-1), rtol=1e-5)
  np.testing.assert_allclose(ask(evaluate.energy_score(linear)), -scipy.special.logsumexp(LOGITS, -1), rtol=1e-5)


def test_squeezing_is_the_largest_l1_distance_of_the_answers():
  answer = lambda image: scipy.special.softmax(np.asarray(image).reshape(5, -1) @ WEIGHT, -1)
  squeezed = [jax.vmap(lambda x: ops.posterize(x, 2))(IMAGE), jax.vmap(ops.median)(IMAGE)]
  expected = np.max([np.abs(answer(s) - answer(IMAGE)).sum(-1) for s in squeezed], 0)
  np.testing.assert_allclose(ask(evaluate.feature_squeezing(linear, 2, 3)), expected, atol=1e-5)


def test_the_lipschitz_estimate_is_below_the_constant_and_grows_with_neighbours():
  constant = np.abs(WEIGHT).sum()
  few, many = (ask(evaluate.local_lipschitz(linear, n, 0.01)) for n in (1, 20))
  assert (few <= many).all() and (many < constant).all() and (many > 0.02 * constant).all()


def test_mahalanobis_is_scipys_distance_to_the_nearest_class():
  rng = np.random.default_rng(2)
  own = np.arange(60) % 3
  features = (rng.normal(size=(60, 4)) + 3 * np.eye(4)[own]).astype(np.float32)
  score = evaluate.mahalanobis(lambda image: image.reshape(len(image), -1)[:, :4], features, np.eye(3)[own])
  means = np.stack([features[own == k].mean(0) for k in range(3)])
  inverse = np.linalg.inv(np.cov((features - means[own]).T, bias=True))
  expected = [
    min(scipy.spatial.distance.mahalanobis(x, m, inverse) ** 2 for m in means) for x in IMAGE.reshape(5, -1)[:, :4]
  ]
  np.testing.assert_allclose(ask(score), expected, rtol=1e-3)


def test_scores_are_those_of_what_was_fooled():
  clean, attacked = {'a': np.array([0.0, 1.0, 2.0, 3.0])}, {'a': np.array([9.0, 0.5, 2.5, -1.0])}
  found = evaluate.detection_scores(clean, attacked, np.array([True, False, True, False]))
  assert found['clean'] == 4 and found['adversarial'] == 2
  assert found['detectors']['a'] == {'auroc': (4 + 3) / 8, 'tpr': 0.5}
  none = evaluate.detection_scores(clean, attacked, np.zeros(4, bool))
  assert none['detectors']['a'] == {'auroc': None, 'tpr': None}


def test_bad_settings_are_named():
  with pytest.raises(InputError, match='detection.bits: 0'):
    evaluate.evaluation_settings(dict(attack=dict(steps=1), detection=dict(bits=0)))
  with pytest.raises(InputError, match='detection.radius: 0'):
    evaluate.evaluation_settings(dict(attack=dict(steps=1), detection=dict(radius=0.0)))
  with pytest.raises(InputError, match='need evaluate.attack'):
    evaluate.evaluation_settings(dict(detection=dict(bits=2)))
