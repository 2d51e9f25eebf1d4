"""A Model is a function of images; its loss reads the batch's own label."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models import as_model, normalize

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(12, 3)).astype(np.float32)
IMAGE = RNG.random((5, 2, 2, 3), np.float32)
SOFT = RNG.dirichlet((1, 1, 1), 5).astype(np.float32)


def logits_fn(image):
  return image.reshape(len(image), -1) @ WEIGHT


def test_loss_is_the_cross_entropy_with_the_batchs_own_soft_label():
  logits = np.float64(IMAGE.reshape(5, -1)) @ WEIGHT
  log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
  model = as_model(logits_fn)
  for label in (SOFT, SOFT[::-1], np.eye(3, dtype=np.float32)[[0, 2, 1, 0, 2]]):
    np.testing.assert_allclose(model.loss({'image': IMAGE, 'label': label}), -(label * log_p).sum(-1), rtol=1e-4)
  np.testing.assert_allclose(model.logits({'image': IMAGE}), logits, atol=1e-5)


def test_where_a_model_in_half_precision_is_sure_its_loss_has_a_gradient_still():
  sure = as_model(lambda image: (0.7 * jnp.stack([image.sum((1, 2, 3)), -image.sum((1, 2, 3))], -1)).astype(jnp.bfloat16))
  batch = {'label': jnp.eye(2)[:1].repeat(5, 0)}
  gradient = jax.grad(lambda image: sure.loss({**batch, 'image': image}).sum())(IMAGE)
  assert (gradient != 0).all() and sure.logits({'image': IMAGE}).dtype == jnp.float32


def test_the_image_gradient_is_the_closed_form():
  gradient = jax.grad(lambda image: as_model(logits_fn).loss({'image': image, 'label': SOFT}).sum())(jnp.asarray(IMAGE))
  p = jax.nn.softmax(logits_fn(IMAGE))
  np.testing.assert_allclose(gradient.reshape(5, -1), (p - SOFT) @ WEIGHT.T, atol=1e-5)


def test_evidence_is_there_only_when_given():
  assert as_model(logits_fn).evidence is None
  model = as_model(logits_fn, lambda image: image * 2)
  assert (model.evidence({'image': IMAGE}) == IMAGE * 2).all()


@pytest.mark.parametrize('mean, std', (((0.1, 0.2, 0.3), (0.4, 0.5, 0.6)), ((0.5,), (0.25,)), ((0.0,), (1.0,))))
def test_normalize_subtracts_and_divides_channel_by_channel(mean, std):
  ours = normalize(jnp.asarray(IMAGE), mean, std, 'float32')
  np.testing.assert_allclose(ours, (IMAGE - np.float32(mean)) / np.float32(std), rtol=1e-5, atol=1e-6)
  half = normalize(jnp.asarray(IMAGE), mean, std, 'bfloat16')
  assert half.dtype == jnp.bfloat16 and (half == ours.astype(jnp.bfloat16)).all()


def test_numbers_for_other_channels_are_refused():
  with pytest.raises(ValueError):
    normalize(jnp.ones((2, 4, 4, 1)), (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 'float32')
