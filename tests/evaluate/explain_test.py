"""Explanations against closed forms: linear and quadratic functions, and the axioms that the papers state."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import evaluate, models
from jaxaug.attacks import NORMS, cross_entropy
from jaxaug.evaluate import grad_cam, integrated_gradients, loss_plane, plane_directions, saliency
from jaxaug.evaluate.explain import explain_settings
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.random((5, 8, 8, 2), np.float32)
LABEL = np.eye(3, dtype=np.float32)[np.arange(5) % 3]
WEIGHTS = RANDOM.normal(size=(8 * 8 * 2, 3)).astype(np.float32)
CNN = models.create('cnn', 3, widths=(4, 4, 4, 6), hidden=8)
VARIABLES = CNN.init(jax.random.key(0), IMAGE)


def linear(image):
  return image.reshape(len(image), -1) @ WEIGHTS


def quadratic(image):
  return linear(image) ** 2


def smooth(image):
  return jnp.tanh(linear(image) / 10) @ WEIGHTS[:3]


@jax.jit
def network(image):
  return CNN.apply(VARIABLES, image)


def test_saliency_of_a_linear_function_is_its_weights():
  expected = np.abs(WEIGHTS.T.reshape(3, 8, 8, 2)).max(-1)[np.arange(5) % 3]
  np.testing.assert_allclose(saliency(linear, IMAGE, LABEL), expected, rtol=1e-6)


def test_integrated_gradients_of_linear_and_quadratic_functions():
  """w x, and w x (w . x): the midpoint rule is exact there with one step."""
  own = WEIGHTS.T.reshape(3, 8, 8, 2)[np.arange(5) % 3]
  np.testing.assert_allclose(integrated_gradients(linear, IMAGE, LABEL, steps=3), own * IMAGE, atol=1e-5)
  score = (linear(IMAGE) * LABEL).sum(-1).reshape(5, 1, 1, 1)
  found = integrated_gradients(quadratic, IMAGE, LABEL, steps=1)
  np.testing.assert_allclose(found, own * IMAGE * score, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('baseline', (0.0, 0.5))
@pytest.mark.parametrize('logits_fn, off', ((smooth, 1e-4), (network, 0.02)))  # kinks cost the midpoint rule
def test_integrated_gradients_are_complete(logits_fn, off, baseline):
  """Sundararajan et al., 2017, proposition 1: the sum over pixels is f(x) - f(baseline)."""
  found = jax.jit(lambda x: integrated_gradients(logits_fn, x, LABEL, 200, baseline))(IMAGE).sum((1, 2, 3))
  expected = ((logits_fn(IMAGE) - logits_fn(np.full_like(IMAGE, baseline))) * LABEL).sum(-1)
  np.testing.assert_allclose(found, expected, atol=off * np.abs(expected).max())


def test_grad_cam_of_the_last_convolution_by_hand():
  """With the dense layers written out: a_k is the mean over places of their gradient at the maps."""
  p = jax.tree.map(np.asarray, VARIABLES['params'])
  maps = np.asarray(models.layer_outputs(CNN, VARIABLES, IMAGE)['conv3'])
  flat = np.maximum(maps, 0).reshape(5, -1)
  hidden = flat @ p['dense0']['kernel'] + p['dense0']['bias']
  back = ((LABEL @ p['dense1']['kernel'].T) * (hidden > 0)) @ p['dense0']['kernel'].T
  weights = (back.reshape(maps.shape) * (maps > 0)).mean((1, 2), keepdims=True)
  coarse = np.maximum((weights * maps).sum(-1), 0)
  found = np.asarray(jax.jit(lambda x: grad_cam(CNN, VARIABLES, x, LABEL))(IMAGE))
  assert found.shape == (5, 8, 8) and coarse.shape == (5, 2, 2)
  np.testing.assert_allclose(found[:, ::7, ::7], coarse[:, ::1, ::1], rtol=1e-4, atol=1e-5)  # corners are the corners
  np.testing.assert_allclose(found, grad_cam(CNN, VARIABLES, IMAGE, LABEL, 'conv3'), atol=1e-5)
  assert found.max() > 0


def test_grad_cam_needs_maps():
  flat = models.create('mlp', 3, hidden=(4,))
  variables = flat.init(jax.random.key(0), IMAGE)
  for layer in ('', 'Dense_0'):
    with pytest.raises(InputError, match='gives no maps'):
      grad_cam(flat, variables, IMAGE, LABEL, layer)
  with pytest.raises(InputError, match="no layer 'conv9'"):
    grad_cam(CNN, VARIABLES, IMAGE, LABEL, 'conv9')


@pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
def test_a_plane_holds_the_image_and_the_attacked_one(norm):
  change = RANDOM.normal(size=IMAGE.shape).astype(np.float32)
  lengths = jax.vmap(NORMS[norm].length)(change).reshape(5, 1, 1, 1)
  moved = IMAGE + 0.3 * change / lengths
  ways = plane_directions(IMAGE, moved, jax.random.key(1), norm, 0.3)
  for way in ways:
    np.testing.assert_allclose(jax.vmap(NORMS[norm].length)(way), 0.3, rtol=1e-4)
  np.testing.assert_allclose((ways[0] * ways[1]).sum((1, 2, 3)), 0, atol=1e-5)
  plane = jax.jit(lambda *args: loss_plane(network, *args))(IMAGE, LABEL, ways, jnp.array([-1.0, 0.0, 1.0]))
  loss = lambda image: cross_entropy(network(image), LABEL).mean()
  expected = [[loss(IMAGE + a * ways[0] + b * ways[1]) for a in (-1, 0, 1)] for b in (-1, 0, 1)]
  np.testing.assert_allclose(plane, expected, rtol=1e-4)
  np.testing.assert_allclose(plane[1, 2], loss(moved), rtol=1e-4)


def test_without_a_change_a_plane_is_still_finite():
  ways = plane_directions(IMAGE, IMAGE, jax.random.key(1), 'linf', 0.1)
  plane = loss_plane(linear, IMAGE, LABEL, ways, jnp.array([-1.0, 1.0]))
  assert np.isfinite(plane).all() and (plane[:, 0] == plane[:, 1]).all()


def test_bad_settings_are_named():
  for wrong, said in (
    (dict(top=0), 'top: 0'),
    (dict(examples=1), 'examples 1'),
    (dict(reach=0.0), 'reach 0'),
    (dict(a=1), 'a'),
  ):
    with pytest.raises(InputError, match=said):
      explain_settings(wrong)
  with pytest.raises(InputError, match='evaluate.explain need evaluate.attack'):
    evaluate.evaluation_settings(dict(explain=dict(top=1)))
