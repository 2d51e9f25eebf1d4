"""Differentiable augmentation of what a discriminator sees, real or drawn, and how much of it: fixed, or led by overfitting."""

import jax
import jax.numpy as jnp

from jaxaug.types import Array, InputError, Key

ADA_EVERY = 4  # updates between two changes of the probability


def diffaugment(
  key: Key,
  images: Array,
  *,
  brightness: float = 0.5,
  saturation: float = 1.0,
  contrast: float = 0.5,
  translation: float = 1 / 8,
  cutout: float = 1 / 2,
  probability: Array | float = 1.0,
) -> Array:
  """Brightness, saturation, contrast, translation and cutout, each on each image with `probability`; all differentiable.

  x + b, x + s (x - mean_c x), x + t (x - mean x), b, s, t ~ U(-r, r) with r brightness, saturation, contrast.
  Moved by whole pixels of up to `translation` of each side, and a rectangle of `cutout` of each side: both leave 0, the middle grey.

  Args:
    key: PRNG key.
    images: [B, H, W, C] float in [-1, 1].
    brightness: of the range's half.
    saturation, contrast: in [0, 1].
    translation, cutout: shares of a side, in [0, 1].
    probability: in [0, 1]; 0 returns the images bit for bit; may be traced. No gradient flows to it.

  Returns:
    [B, H, W, C].

  Raises:
    InputError: a share outside [0, 1], what is no image.

  Source: Zhao et al., Differentiable Augmentation for Data-Efficient GAN Training, 2020, section 4; a probability for each
  transformation: Karras et al., Training Generative Adversarial Networks with Limited Data, 2020, section 2.2. None of them
  changes a label as a flip may.
  """
  if images.ndim != 4:
    raise InputError(f'diffaugment: {images.shape} must be images [B, H, W, C]')
  for name, value in dict(saturation=saturation, contrast=contrast, translation=translation, cutout=cutout).items():
    if not 0 <= value <= 1:
      raise InputError(f'diffaugment.{name}: {value} must be in [0, 1]')
  rows, height, width, _ = images.shape
  *keys, key_which = jax.random.split(key, 8)
  which = jax.random.uniform(key_which, (5, rows, 1, 1, 1)) < probability
  around = lambda key, reach: jax.random.uniform(key, (rows, 1, 1, 1), minval=-reach, maxval=reach)

  x = images
  x = jnp.where(which[0], x + around(keys[0], brightness), x)
  grey = x.mean(3, keepdims=True)
  x = jnp.where(which[1], x + around(keys[1], saturation) * (x - grey), x)
  level = x.mean((1, 2, 3), keepdims=True)
  x = jnp.where(which[2], x + around(keys[2], contrast) * (x - level), x)
  rows_from = _shifts(keys[3], rows, height, translation)
  columns_from = _shifts(keys[4], rows, width, translation)
  exact = dict(precision=jax.lax.Precision.HIGHEST)
  moved = jnp.einsum('bij,bjwc->biwc', rows_from, x, **exact)
  moved = jnp.einsum('bij,bhjc->bhic', columns_from, moved, **exact)
  x = jnp.where(which[3], moved, x)
  hole = _span(keys[5], rows, height, cutout)[:, :, None, None] & _span(keys[6], rows, width, cutout)[:, None, :, None]
  return jnp.where(which[4] & hole, 0.0, x)


def _shifts(key: Key, rows: int, side: int, share: float) -> Array:
  """[B, side, side] of 0 and 1: y = M x is x moved by a whole number of pixels, 0 where nothing comes from."""
  reach = int(side * share + 0.5)
  moves = jax.random.randint(key, (rows, 1, 1), -reach, reach + 1)
  place = jnp.arange(side)
  return (place[None, :, None] + moves == place[None, None, :]).astype(jnp.float32)


def _span(key: Key, rows: int, side: int, share: float) -> Array:
  """[B, side] bool: a run of `share` of the side around a random middle, cut at the border."""
  length = int(side * share + 0.5)
  start = jax.random.randint(key, (rows, 1), 0, side + 1 - length % 2) - length // 2
  place = jnp.arange(side)[None]
  return (place >= start) & (place < start + length)


def follow_overfitting(memory: dict, sign: Array, step: Array, *, target: float, pace: Array | float) -> dict:
  """ADA: every fourth update the probability goes up where mean sign D(real) was above the target, else down.

  Args:
    memory: {'probability': [], 'signs': [], their sum since the last change}.
    sign: [], mean sign of D on the real rows of this update.
    step: updates before this one.
    target: of the mean sign.
    pace: by how much the probability moves in one update.

  Returns:
    The memory after it.

  Source: Karras et al., Training Generative Adversarial Networks with Limited Data, 2020, section 3.1, r_t, .6, every 4 minibatches.
  """
  signs, due = memory['signs'] + sign, (step + 1) % ADA_EVERY == 0
  moved = memory['probability'] + jnp.sign(signs / ADA_EVERY - target) * pace * ADA_EVERY
  return {
    'probability': jnp.where(due, jnp.clip(moved, 0.0, 1.0), memory['probability']),
    'signs': jnp.where(due, 0.0, signs),
  }
