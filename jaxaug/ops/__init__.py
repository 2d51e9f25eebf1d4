"""Deterministic maths on one example: `(image, physical value) -> image`. No keys, no randomness."""

from jaxaug.ops.erase import cutout
from jaxaug.ops.geometry import flip_left_right, pad_crop

__all__ = ('cutout', 'flip_left_right', 'pad_crop')
