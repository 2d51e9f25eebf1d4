"""Pillow as the oracle: batches of random 8-bit images of many kinds, and how to hand them over."""

import jax
import numpy as np
import PIL.Image
from hypothesis import strategies as st

SHAPES = ((32, 32, 3), (19, 30, 1), (5, 4, 3), (28, 28, 1), (41, 23, 3))
SEEDS = st.integers(0, 2**32 - 1)
AFFINE = PIL.Image.Transform.AFFINE


def images(random: np.random.Generator, count: int) -> np.ndarray:
  """[count, H, W, C] uint8: noise, narrow ranges, coarse steps, bell curves, flat images."""
  shape = SHAPES[random.integers(len(SHAPES))]
  made = []
  for _ in range(count):
    low, high = sorted(random.integers(0, 256, 2))
    inside = random.integers(low, high + 1, shape)
    bell = np.clip(random.normal(random.uniform(0, 255), random.uniform(1, 60), shape), 0, 255)
    made.append((random.integers(0, 256, shape), inside, inside // 16 * 16, bell, np.full(shape, low))[random.integers(5)])
  return np.array(made).astype(np.uint8)


def picture(image: np.ndarray) -> PIL.Image.Image:
  """An image for Pillow."""
  return PIL.Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)


def mismatches(op, pillow, batch: np.ndarray, values: np.ndarray) -> int:
  """How many values of `op(image, value)`, compiled and over the batch, are not those of `pillow(picture, value)`."""
  ours = np.asarray(jax.jit(jax.vmap(op))(batch, values))
  assert ours.dtype == np.uint8 and ours.shape == batch.shape
  theirs = [np.asarray(pillow(picture(image), value)).reshape(image.shape) for image, value in zip(batch, values)]
  return int((ours != np.array(theirs)).sum())


def slopes_agree(fn, value: float, step: float = 1e-3, tolerance: float = 2e-2) -> bool:
  """Whether jax's derivative of a scalar function is that of central differences."""
  exact = (fn(value + step) - fn(value - step)) / (2 * step)
  return bool(abs(jax.grad(fn)(value) - exact) <= tolerance * max(1.0, abs(exact)))
