"""Carlini and Wagner: close to the smallest change of a linear model; in the ball or not at all."""

import jax
import numpy as np
import pytest

from jaxaug.attacks import carlini_wagner, threat_model
from jaxaug.models import as_model
from jaxaug.types import InputError
from tests.attacks.fab_test import BATCH, IMAGE, LABEL, logits_fn, nearest


def attacked(epsilon, **keywords):
  made = carlini_wagner(threat_model('l2', epsilon), **{'steps': 200, 'searches': 7, 'first_weight': 0.1, **keywords})
  return np.asarray(jax.jit(lambda batch: made(jax.random.key(0), batch, as_model(logits_fn))['image'])(BATCH))


def lengths(moved):
  return np.sqrt(((np.float64(moved) - IMAGE) ** 2).sum((1, 2, 3)))


def test_it_finds_nearly_the_smallest_change_and_keeps_to_the_ball():
  least = nearest('l2')
  moved = attacked(9.0)
  assert (np.asarray(logits_fn(moved)).argmax(-1) != LABEL).all() and moved.min() >= 0 and moved.max() <= 1
  assert (lengths(moved) >= least * 0.9999).all() and (lengths(moved) <= 1.1 * least).all()
  epsilon = float(np.sort(least)[4:6].mean())
  inside = attacked(epsilon)
  fooled = np.asarray(logits_fn(inside)).argmax(-1) != LABEL
  assert (lengths(inside) <= epsilon).all() and not lengths(inside)[~fooled].any()
  assert fooled[least < epsilon / 1.1].all() and not fooled[least > epsilon].any()


def test_confidence_goes_further():
  ahead = lambda moved: np.diff(np.sort(np.asarray(logits_fn(moved)), -1)[:, -2:], axis=-1)[:, 0]
  plain, sure = attacked(9.0), attacked(9.0, confidence=0.5)
  assert (ahead(sure) >= 0.49).all() and (lengths(sure) > lengths(plain)).all()


def test_bad_arguments_are_named():
  for norm, keywords in (('linf', {}), ('l2', {'steps': 0}), ('l2', {'learning_rate': 0.0}), ('l2', {'confidence': -1.0})):
    with pytest.raises(InputError, match='carlini_wagner: norm'):
      carlini_wagner(threat_model(norm, 1.0), **keywords)
