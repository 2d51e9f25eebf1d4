"""The common corruptions of ImageNet-C and CIFAR-10-C, made from the images of the batch."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.attacks import example_keys
from jaxaug.augment.noise import gaussian_noise, impulse_noise, shot_noise
from jaxaug.augment.severities import SEVERITIES
from jaxaug.augment.weather import cloud, frost_texture
from jaxaug.data import as_batch
from jaxaug.ops.pixels import rounded
from jaxaug.types import Augment, Batch, InputError, Key, Model, check_name


def _noise(make):
  """A noise of `jaxaug.augment.noise` on one uint8 image."""

  def corrupt(key, image, strength):
    noisy = lambda value: make(strength)(key, {'image': value[None]}, None)['image'][0]
    return ops.truncated(noisy, image)

  return corrupt


def _speckle_noise(key, image, sigma):
  return ops.truncated(lambda value: value * (1 + sigma * jax.random.normal(key, value.shape)), image)


def _glass_blur(key, image, sigma, reach, iterations):
  moves = jax.random.randint(key, (iterations, *image.shape[:2], 2), -reach, reach)
  return ops.glass_blur(image, sigma, reach, moves)


def _motion_blur(key, image, radius, sigma):
  return ops.motion_blur(image, radius, sigma, jax.random.uniform(key, minval=-45.0, maxval=45.0))


def _zoom_blur(key, image, end, step):
  return ops.zoom_blur(image, tuple(np.arange(1, end, step)))


def _snow(key, image, mean, deviation, zoom, threshold, radius, sigma, keep):
  key_flakes, key_degrees = jax.random.split(key)
  flakes = ops.zoom_in(mean + deviation * jax.random.normal(key_flakes, (*image.shape[:2], 1)), zoom)
  flakes = (jnp.where(flakes < threshold, 0, jnp.clip(flakes, 0, 1)) * 255).astype(jnp.uint8)
  flakes = ops.motion_blur(flakes, radius, sigma, jax.random.uniform(key_degrees, minval=-135.0, maxval=-45.0))
  return ops.snow(image, flakes[..., 0] / 255, keep)


def _frost(key, image, keep, amount):
  return ops.frost(image, frost_texture(key, *image.shape), keep, amount)


def _fog(key, image, amount, decay):
  return ops.fog(image, cloud(key, *image.shape[:2], decay), amount)


def _contrast(key, image, factor):
  mean = lambda value: value.mean((0, 1), keepdims=True)
  return ops.truncated(lambda value: rounded((value - mean(value)) * factor) + mean(value), image, exact=True)


def _brightness(key, image, amount):
  if image.shape[-1] == 1:
    return ops.truncated(lambda value: value + amount, image)
  return ops.in_hsv(image, lambda hue, saturation, value: (hue, saturation, jnp.clip(value + amount, 0, 1)))


def _saturate(key, image, factor, amount):
  if image.shape[-1] == 1:  # a grey has no hue to saturate
    return image
  return ops.in_hsv(
    image, lambda hue, saturation, value: (hue, jnp.clip(rounded(saturation * factor) + amount, 0, 1), value)
  )


def _elastic_transform(key, image, strength, sigma, jitter):
  key_corners, key_down, key_across = jax.random.split(key, 3)
  height, width = image.shape[:2]
  y, x = jnp.meshgrid(jnp.arange(height), jnp.arange(width), indexing='ij')
  center, side = np.array([height, width], np.float32) // 2, min(height, width) // 3
  corners = np.stack([center + side, [center[0] + side, center[1] - side], center - side])
  moved = corners + jax.random.uniform(key_corners, (3, 2), minval=-jitter, maxval=jitter)
  across, down, shift = jnp.linalg.solve(jnp.concatenate([moved, jnp.ones((3, 1))], 1), corners)  # moved to corners
  offsets = lambda key: (
    strength * ops.gaussian_filter(jax.random.uniform(key, (height, width, 1), minval=-1.0), sigma, 'reflect', 3.0)[..., 0]
  )

  def bent(value):
    value = ops.bilinear_mirrored(value, *(x * across[i] + y * down[i] + shift[i] for i in (1, 0)), 'mirror')
    if strength == 0:
      return value
    return ops.bilinear_mirrored(value, y + offsets(key_down), x + offsets(key_across), 'reflect')

  return ops.truncated(bent, image)


def _spatter(key, image, mean, deviation, sigma, threshold, amount, muddy):
  liquid = ops.gaussian_filter(mean + deviation * jax.random.normal(key, (*image.shape[:2], 1)), sigma)[..., 0]
  if muddy:
    return ops.mud(image, liquid > threshold, amount)
  return ops.water(image, jnp.where(liquid < threshold, 0, jnp.minimum(liquid, 1)), amount)


KINDS = {  # (key, uint8 image [H, W, C], the constants of a severity) -> uint8 image
  'gaussian_noise': _noise(gaussian_noise),
  'shot_noise': _noise(shot_noise),
  'impulse_noise': _noise(impulse_noise),
  'defocus_blur': lambda key, image, radius, alias_blur: ops.defocus_blur(image, radius, alias_blur),
  'glass_blur': _glass_blur,
  'motion_blur': _motion_blur,
  'zoom_blur': _zoom_blur,
  'snow': _snow,
  'frost': _frost,
  'fog': _fog,
  'brightness': _brightness,
  'contrast': _contrast,
  'elastic_transform': _elastic_transform,
  'pixelate': lambda key, image, share: ops.pixelate(image, share),
  'jpeg_compression': lambda key, image, quality: ops.jpeg(image, quality),
  'speckle_noise': _speckle_noise,
  'gaussian_blur': lambda key, image, sigma: ops.gaussian_filter(image, sigma),
  'spatter': _spatter,
  'saturate': _saturate,
}
CORRUPTIONS, EXTRA_CORRUPTIONS = tuple(KINDS)[:15], tuple(KINDS)[15:]


def corruption(name: str = 'gaussian_noise', severity: int = 3, source: str = 'cifar10') -> Augment:
  """One of the common corruptions at a published strength, drawn for each image by its `id`.

  Float images are seen in 256 steps, as the published sets are stored. Frost comes from a procedural texture in place of
  their photographs. The saved ImageNet-C went through JPEG of quality 85 once more; this does not.

  The eight that draw nothing are theirs to the bit, computed in float64 (`python -m benchmarks.corruptions`; two exceptions in
  the last place: OpenCV's own kernel of radius 8, and where a contrast falls on a whole number). The others draw their own
  chance and cut off in float32.

  Args:
    name: in CORRUPTIONS (the 15 that are averaged over) or EXTRA_CORRUPTIONS (4, meant for tuning).
    severity: 1 to 5.
    source: whose strengths: 'imagenet' for images near 224 pixels, 'cifar10' near 32. Lengths are in pixels, whatever the
      image's size.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1], C 3 or 1; the dtype is kept. Grey images stay as they are under
    'saturate'.

  Raises:
    InputError: unknown name or source, severity outside 1 to 5.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness to Common Corruptions and Perturbations, 2019,
  section 3 and their code.
  """
  check_name(name, KINDS, 'corruption.name')
  check_name(source, SEVERITIES, 'corruption.source')
  if severity not in range(1, 6):
    raise InputError(f'corruption.severity: {severity} must be 1 to 5')
  constants = SEVERITIES[source][name][int(severity) - 1]

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = batch['image']
    pixels = ops.to_uint8(image)
    changed = jax.vmap(lambda key, one: KINDS[name](key, one, *constants))(example_keys(key, batch), pixels)
    if image.dtype != jnp.uint8:
      changed = as_batch({'image': changed})['image'].astype(image.dtype)
    return {**batch, 'image': changed}

  return augment
