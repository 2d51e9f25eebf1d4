"""Margins on a linear network, where the boundary is known."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug.train.objectives import mma
from jaxaug.types import InputError


class Linear(nn.Module):
  @nn.compact
  def __call__(self, image, train=False):
    return nn.Dense(2, use_bias=False)(image.reshape(len(image), -1))


WEIGHT = np.random.default_rng(1).normal(size=(9, 2)).astype(np.float32)
PARAMS = {'Dense_0': {'kernel': jnp.asarray(WEIGHT)}}
IMAGE = np.random.default_rng(0).uniform(0.4, 0.6, (16, 3, 3, 1)).astype(np.float32)
VALUE = IMAGE.reshape(16, -1) @ WEIGHT
OWN = VALUE.argmax(-1)
OWN[:3] = 1 - OWN[:3]  # three are wrong
ATTACK = dict(epsilon=0.1, steps=1, step_size=0.1, random_start=False)


def test_each_row_is_trained_where_its_way_crosses_the_boundary():
  batch = {'image': IMAGE, 'label': np.eye(2, dtype=np.float32)[OWN]}
  _, aux = mma(Linear(), clean=0.25, attack=ATTACK, halvings=20)(PARAMS, {}, jax.random.key(0), batch)
  gap = (VALUE * np.array([1, -1])).sum(-1) * np.where(OWN == 0, 1, -1)  # margin of the own class
  reach = 0.1 * np.abs(WEIGHT[:, 0] - WEIGHT[:, 1]).sum()  # what the attack takes from it
  natural = np.asarray(optax.softmax_cross_entropy(VALUE, batch['label']))
  expected = np.where(gap < 0, natural, np.where(gap < reach, np.log(2), 0.0))  # at the boundary both classes have 1/2
  assert (gap < 0).sum() == 3 and 0 < (gap > reach).sum() < 13
  np.testing.assert_allclose(aux.loss, 0.25 * natural + 0.75 * expected, atol=1e-3)
  assert np.isclose(aux.metrics['robust_accuracy'], (gap > reach).mean())


def test_its_gradient_at_the_boundary_widens_the_margin():
  batch = {'image': IMAGE[3:], 'label': np.eye(2, dtype=np.float32)[OWN[3:]]}
  gradient = jax.grad(mma(Linear(), clean=0.0, attack=ATTACK), has_aux=True)(PARAMS, {}, jax.random.key(0), batch)[0]
  moved = WEIGHT - 0.1 * np.asarray(gradient['Dense_0']['kernel'])

  def distances(weight):
    value = IMAGE[3:].reshape(13, -1) @ weight
    return (value * np.array([1, -1])).sum(-1) * np.where(OWN[3:] == 0, 1, -1) / np.abs(weight[:, 0] - weight[:, 1]).sum()

  near = (distances(WEIGHT) > 0) & (distances(WEIGHT) < 0.1)
  assert distances(moved)[near].mean() > distances(WEIGHT)[near].mean()


def test_its_gradient_is_that_of_the_formula_with_the_images_held():
  batch = {'image': IMAGE, 'label': np.eye(2, dtype=np.float32)[OWN]}
  objective = mma(Linear(), clean=0.25, attack=ATTACK, halvings=30)
  found = jax.grad(objective, has_aux=True)(PARAMS, {}, jax.random.key(0), batch)[0]['Dense_0']['kernel']
  sign = np.where(OWN == 0, 1, -1)
  apart = WEIGHT[:, 0] - WEIGHT[:, 1]
  gap = VALUE @ np.array([1, -1]) * sign
  reach = 0.1 * np.abs(apart).sum()
  flat = IMAGE.reshape(16, -1)
  there = flat - 0.1 * np.clip(gap / reach, 0, 1)[:, None] * np.sign(apart)[None] * sign[:, None]

  def formula(weight):
    natural, at_boundary = (optax.softmax_cross_entropy(x @ weight, batch['label']) for x in (flat, there))
    return (0.25 * natural + 0.75 * jnp.where(gap < 0, natural, jnp.where(gap < reach, at_boundary, 0.0))).mean()

  np.testing.assert_allclose(found, jax.grad(formula)(jnp.asarray(WEIGHT)), atol=1e-5)


def test_bad_values_are_refused():
  with pytest.raises(InputError, match='clean 2'):
    mma(Linear(), clean=2.0)
