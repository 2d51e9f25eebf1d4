"""A history tells what was tried, and the best of it."""

import jax
import numpy as np
import pytest

from jaxaug import search
from jaxaug.search.result import affordable, best, evaluated
from jaxaug.types import InputError
from tests.search.toy import SPACE, toy


def test_rows_and_the_best():
  objective, history = toy({'Rotate': 1.0}, fails='Invert'), []
  policies = search.random_policies(jax.random.key(0), 9, SPACE)
  scores = evaluated(objective, policies, jax.random.key(1), history)
  assert (
    len(history) == 9 and history[0]['child_steps'] == 90 and (np.isinf(scores) == [row['failed'] for row in history]).all()
  )
  assert best(history) == [policies[np.argmax(scores)]]
  with pytest.raises(FloatingPointError, match='all 1 policies diverged'):
    best([{'failed': True, 'score': float('nan'), 'policy': policies[0]}])


def test_budgets():
  assert affordable(toy({}), 39) == 3
  with pytest.raises(InputError, match='budget: 0 child-steps'):
    affordable(toy({}), 0)
