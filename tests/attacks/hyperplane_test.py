"""The change to a hyperplane is the smallest there is inside the box, against linear and convex programs."""

import functools

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import brentq, linprog

from jaxaug.attacks.hyperplane import to_hyperplane

SHAPE = (2, 3, 1)
PIXELS = hnp.arrays(np.float32, SHAPE, elements=st.one_of(st.sampled_from((0.0, 1.0, 0.5)), st.floats(0, 1, width=32)))
WEIGHTS = hnp.arrays(np.float32, SHAPE, elements=st.one_of(st.sampled_from((0.0, 1.0, -1.0)), st.floats(-2, 2, width=16)))
run = jax.jit(to_hyperplane, static_argnums=0)


def smallest(norm, image, weight, offset):
  """The least length of a change that stays in the box and reaches the hyperplane, in float64."""
  x, w = image.ravel().astype(float), weight.ravel().astype(float)
  n, missing = x.size, offset - w @ x
  if norm == 'l2':
    sign = np.sign(w) * np.sign(missing)
    room = np.where(sign > 0, 1 - x, x)
    change = lambda t: np.minimum(t * np.abs(w), room)
    gained = lambda t: (np.abs(w) * change(t)).sum() - abs(missing)
    return np.sqrt((change(brentq(gained, 0, 1e4, xtol=1e-12)) ** 2).sum()) if missing else 0.0
  eye, one = np.eye(n), np.ones((n, 1))
  if norm == 'linf':  # minimise t with |d_i| <= t
    cost, bound = [0] * n + [1], np.block([[eye, -one], [-eye, -one]])
    limits = [*zip(-x, 1 - x), (0, None)]
    solved = linprog(cost, bound, np.zeros(2 * n), [[*w, 0]], [missing], limits)
  else:  # minimise sum u_i with |d_i| <= u_i
    bound = np.block([[eye, -eye], [-eye, -eye]])
    solved = linprog(
      [0] * n + [1] * n, bound, np.zeros(2 * n), [[*w, *0 * w]], [missing], [*zip(-x, 1 - x), *[(0, None)] * n]
    )
  return solved.fun


@pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
@given(image=PIXELS, weight=WEIGHTS, share=st.floats(0.02, 0.98), up=st.booleans())
def test_it_is_the_smallest_change_that_reaches_the_plane(norm, image, weight, share, up):
  weight = np.where(np.abs(weight) < 0.05, 0, weight).astype(np.float32)
  corner = (weight > 0) if up else (weight < 0)  # the furthest point of the box
  here, there = (np.float64(weight) * image).sum(), (np.float64(weight) * corner).sum()
  if abs(there - here) < 1e-2:
    return
  offset = np.float32(here + share * (there - here))
  change = np.float64(run(norm, image, weight, offset))
  assert (image + change >= -1e-6).all() and (image + change <= 1 + 1e-6).all()
  assert abs((np.float64(weight) * (image + change)).sum() - offset) < 2e-5
  assert not change[weight == 0].any()
  length = {'linf': np.abs(change).max(), 'l2': np.sqrt((change**2).sum()), 'l1': np.abs(change).sum()}[norm]
  assert length <= smallest(norm, image, weight, offset) + 3e-4


@pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
def test_out_of_reach_it_is_the_nearest_corner_and_large_images_converge(norm):
  rng = np.random.default_rng(0)
  image, weight = rng.random((40, 40, 3)).astype(np.float32), rng.normal(size=(40, 40, 3)).astype(np.float32)
  np.testing.assert_allclose(image + run(norm, image, weight, np.float32(1e6)), weight > 0, atol=1e-6)
  np.testing.assert_allclose(image + run(norm, image, weight, np.float32(-1e6)), weight < 0, atol=1e-6)
  for share in (0.01, 0.6, 0.999):
    offset = np.float32((1 - share) * (weight * image).sum() + share * (weight * (weight > 0)).sum())
    reached = (np.float64(weight) * (image + run(norm, image, weight, offset))).sum()
    assert abs(reached - offset) < 2e-3


def test_it_goes_through_vmap_and_keeps_other_bounds():
  image, weight = np.zeros((3, *SHAPE), np.float32), np.ones((3, *SHAPE), np.float32)
  change = jax.vmap(functools.partial(to_hyperplane, 'linf', bounds=(-1.0, 0.25)))(
    image, weight, np.float32([1.2, -6.0, 9.0])
  )
  for one, pixel in zip(change, (0.2, -1.0, 0.25)):
    np.testing.assert_allclose(one, pixel, atol=1e-6)
