"""What saving as JPEG leaves of an image: the lossy half of the codec, in libjpeg's integer arithmetic."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.ops.pixels import is_float, to_uint8
from jaxaug.types import Array, InputError

# ITU-T T.81, tables K.1 and K.2: the quantisation of luminance and chrominance at quality 50.
LUMA = np.array(
  [
    [16, 11, 10, 16, 24, 40, 51, 61],
    [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77],
    [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101],
    [72, 92, 95, 98, 112, 100, 103, 99],
  ]
)
CHROMA = np.full((8, 8), 99)
CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

# sqrt(8) times the DCT in units of 2^-13, left half; the right half mirrors it with signs + - + - ... . Not all are the
# nearest integers: they are the sums of rounded constants which libjpeg's fast flow graph arrives at.
HALF = np.array(
  [
    [8192, 8192, 8192, 8192],
    [11363, 9633, 6437, 2260],
    [10703, 4433, -4433, -10703],
    [9633, -2259, -11362, -6436],
    [8192, -8192, -8192, 8192],
    [6437, -11362, 2261, 9633],
    [4433, -10704, 10704, -4433],
    [2260, -6436, 9633, -11363],
  ]
)
DCT = np.concatenate([HALF, HALF[:, ::-1] * (-1) ** np.arange(8)[:, None]], 1).astype(np.int32)


def _fixed(*factors: float) -> tuple[int, ...]:
  """Factors in units of 2^-16."""
  return tuple(int(factor * 65536 + 0.5) for factor in factors)


def _along(matrix: np.ndarray, blocks: Array, axis: int, bits: int) -> Array:
  """Matrix times each row (axis -1) or column (axis -2) of 8, in units of 2^bits, rounded to the nearest."""
  total = jnp.einsum('ij,...j->...i' if axis == -1 else 'ij,...jk->...ik', matrix, blocks)
  return (total + (1 << (bits - 1))) >> bits


def _code(plane: Array, table: Array) -> Array:
  """A plane [8 m, 8 n] of values 0 to 255 through DCT and quantisation and back."""
  height, width = plane.shape
  blocks = plane.reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2) - 128
  found = _along(DCT, _along(DCT, blocks, -1, 11), -2, 15)  # 8 times the orthonormal DCT
  step = 8 * table[None, None]
  level = jnp.sign(found) * ((jnp.abs(found) + step // 2) // step)
  blocks = _along(DCT.T, _along(DCT.T, level * table[None, None], -2, 11), -1, 18)
  return jnp.clip(blocks + 128, 0, 255).swapaxes(1, 2).reshape(height, width)


def _to_multiple(plane: Array, rows: int, columns: int) -> Array:
  """Repeats the last row and column until the sides are multiples."""
  return jnp.pad(plane, ((0, -plane.shape[0] % rows), (0, -plane.shape[1] % columns)), mode='edge')


def _halve(plane: Array) -> Array:
  """Means of 2 x 2, where a half goes down and up in turn."""
  total = plane[::2, ::2] + plane[::2, 1::2] + plane[1::2, ::2] + plane[1::2, 1::2]
  return (total + 1 + jnp.arange(total.shape[1])[None] % 2) >> 2


def _double(plane: Array) -> Array:
  """Twice the size: 3/4 of the nearest and 1/4 of the next nearest, along both axes; two columns or one are only repeated."""
  if plane.shape[1] <= 2:
    return plane.repeat(2, 0).repeat(2, 1)
  rows = jnp.pad(plane, ((1, 1), (0, 0)), mode='edge')
  rows = jnp.stack([3 * plane + rows[:-2], 3 * plane + rows[2:]], 1).reshape(-1, plane.shape[1])
  wide = jnp.pad(rows, ((0, 0), (1, 1)), mode='edge')
  both = jnp.stack([(3 * rows + wide[:, :-2] + 8) >> 4, (3 * rows + wide[:, 2:] + 7) >> 4], 2)
  return both.reshape(len(rows), -1)


def _luma(plane: Array, table: Array) -> Array:
  """A plane through the codec at its full size."""
  height, width = plane.shape
  return _code(_to_multiple(plane, 8, 8), table)[:height, :width]


def _chroma(plane: Array, table: Array) -> Array:
  """A plane through the codec at half its size."""
  height, width = plane.shape
  # libjpeg adds columns before it halves, rows after (one before, if they are odd)
  small = _to_multiple(_halve(_to_multiple(plane, 2, 16)), 8, 8)
  small = _code(small, table)[: (height + 1) // 2, : (width + 1) // 2]
  return _double(small)[:height, :width]


def _color(image: Array, luma: Array, chroma: Array) -> Array:
  """RGB int32 through YCbCr with halved chroma and back."""
  half, center = 1 << 15, 128 << 16
  red, green, blue = image[..., 0], image[..., 1], image[..., 2]
  r, g, b = _fixed(0.299, 0.587, 0.114)
  y = (r * red + g * green + b * blue + half) >> 16
  r, g, half_blue = _fixed(0.16874, 0.33126, 0.5)
  cb = (-r * red - g * green + half_blue * blue + center + half - 1) >> 16
  half_red, g, b = _fixed(0.5, 0.41869, 0.08131)
  cr = (half_red * red - g * green - b * blue + center + half - 1) >> 16
  y, cb, cr = _luma(y, luma), _chroma(cb, chroma) - 128, _chroma(cr, chroma) - 128
  cr_red, cb_green, cr_green, cb_blue = _fixed(1.402, 0.34414, 0.71414, 1.772)
  red = y + ((cr_red * cr + half) >> 16)
  green = y + ((-cb_green * cb - cr_green * cr + half) >> 16)
  blue = y + ((cb_blue * cb + half) >> 16)
  return jnp.stack([red, green, blue], -1)


def jpeg(image: Array, quality: Array) -> Array:
  """Saves as JPEG (baseline, colour at half the resolution) and loads again.

  Args:
    image: [H, W, C] with C 3 (RGB) or 1 (grey), any H and W; uint8, or float in [0, 1], which is seen in 256 steps; its
      gradient is 1 straight through.
    quality: scalar, whole, 1 to 100; may be traced, and is then clipped. ImageNet-C takes 25, 18, 15, 10, 7.

  Returns:
    [H, W, C] of the same dtype.

  Raises:
    InputError: other channels, or quality outside 1 to 100 where it is a plain number.

  Source: ITU-T T.81, 1992; Pillow's `save(quality=...)` with libjpeg-turbo, matched bit for bit.
  """
  if image.shape[-1] not in (1, 3):
    raise InputError(f'jpeg.image: {image.shape[-1]} channels must be 1 or 3')
  if isinstance(quality, (int, float)) and not 1 <= quality <= 100:
    raise InputError(f'jpeg.quality: {quality} must be in 1 to 100')
  if is_float(image):
    value = jpeg(to_uint8(jax.lax.stop_gradient(image)), quality).astype(image.dtype) / 255
    return value + (image - jax.lax.stop_gradient(image))
  value = image.astype(jnp.int32)
  quality = jnp.clip(jnp.asarray(quality).astype(jnp.int32), 1, 100)
  percent = jnp.where(quality < 50, 5000 // quality, 200 - 2 * quality)
  luma, chroma = (jnp.clip((table * percent + 50) // 100, 1, 255) for table in (LUMA, CHROMA))
  value = _luma(value[..., 0], luma)[..., None] if value.shape[-1] == 1 else _color(value, luma, chroma)
  return jnp.clip(value, 0, 255).astype(jnp.uint8)
