"""Learners learn, repeat with their seed, and weigh classes alike."""

import numpy as np
import pytest

from jaxaug.synthesize.learners import LEARNERS, WEIGHTED, class_weights, fit_learner

LABEL = np.repeat([0, 3], [30, 10])
ROWS = (np.random.default_rng(0).normal(size=(40, 2, 2)) + LABEL[:, None, None]).astype(np.float32)


@pytest.mark.parametrize('name', LEARNERS)
def test_they_learn_and_repeat(name):
  answers = [fit_learner(name, ROWS, LABEL, 0).predict(ROWS.reshape(40, 4)) for _ in range(2)]
  assert (answers[0] == answers[1]).all() and (answers[0] == LABEL).mean() > 0.9
  weight = class_weights(LABEL)
  assert fit_learner(name, ROWS, LABEL, 0, weight).classes_.tolist() == [0, 3]
  assert (name in WEIGHTED) == (name != 'neighbours')


def test_all_classes_weigh_the_same():
  weight = class_weights(LABEL)
  np.testing.assert_allclose([weight[LABEL == k].sum() for k in (0, 3)], [20, 20])
