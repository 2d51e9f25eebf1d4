"""Coarser pixels. Deterministic maths on one image."""

from jaxaug.ops.resize import resize
from jaxaug.types import Array, InputError


def pixelate(image: Array, share: float) -> Array:
  """Shrinks both sides to a share by means over boxes, and enlarges again by repeating.

  Args:
    image: [H, W, C], uint8 or float.
    share: of each side that is kept, in (0, 1], a plain number; 1 changes nothing. The coarse image has int(H share) rows
      and int(W share) columns, at least one of each. ImageNet-C takes .6, .5, .4, .3, .25.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: share outside (0, 1], or so small that no pixel is left.

  Source: Hendrycks and Dietterich, Benchmarking Neural Network Robustness, 2019, `pixelate`; uint8 matches Pillow 13
  `Image.resize(..., Image.BOX)` there and back, bit for bit.
  """
  height, width = image.shape[:2]
  if not 0 < share <= 1:
    raise InputError(f'pixelate.share: {share} must be above 0 and at most 1')
  rows, columns = int(height * share), int(width * share)
  if not rows or not columns:
    raise InputError(f'pixelate.share: {share} leaves no pixel of {height} x {width}')
  return resize(resize(image, rows, columns, 'box'), height, width, 'box')
