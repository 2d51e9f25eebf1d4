"""The published corruptions without chance as an oracle: their formulas in NumPy and SciPy, float64, in their order."""

import pathlib

import numpy as np
import scipy.ndimage

DISKS = np.load(pathlib.Path(__file__).parents[1] / 'golden' / 'opencv_disks.npz')


def _cut_off(value: np.ndarray) -> np.ndarray:
  return np.uint8(np.clip(value, 0, 1) * 255)


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
  value = image / 255.0
  mean = value.mean((0, 1), keepdims=True)
  return _cut_off((value - mean) * factor + mean)


def gaussian_blur(image: np.ndarray, sigma: float, truncate: float = 4.0, mode: str = 'nearest') -> np.ndarray:
  return _cut_off(scipy.ndimage.gaussian_filter(image / 255.0, (sigma, sigma, 0), mode=mode, truncate=truncate))


def defocus_blur(image: np.ndarray, radius: float, alias_blur: float) -> np.ndarray:
  kernel = DISKS[f'{radius:g},{alias_blur:g}'].astype(float)[..., None]
  return _cut_off(scipy.ndimage.correlate(image / 255.0, kernel, mode='mirror'))


def zoomed(value: np.ndarray, factor: float) -> np.ndarray:
  """The middle of a square, grown to its size."""
  side = len(value)
  kept = int(np.ceil(side / factor))
  first = (side - kept) // 2
  grown = scipy.ndimage.zoom(value[first : first + kept, first : first + kept], (factor, factor, 1), order=1)
  trim = (len(grown) - side) // 2
  return grown[trim : trim + side, trim : trim + side]


def zoom_blur(image: np.ndarray, factors) -> np.ndarray:
  value = (image / 255.0).astype(np.float32)
  total = np.zeros_like(value)
  for factor in factors:
    total += zoomed(value, factor)
  return _cut_off((value + total) / (len(factors) + 1))
