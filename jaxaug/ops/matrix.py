"""Matrices: where an output place (x, y) is read from, in pixels from the upper left corner, pixel centres at halves.

Six numbers (a, b, c, d, e, f) read at (a x + b y + c, d x + e y + f), eight (.., g, h) at both over (g x + h y + 1). Those of
one op alone stand beside it, in `jaxaug/ops/affine.py`.
"""

import jax.numpy as jnp

from jaxaug.types import Array


def compose_matrices(first: Array, second: Array) -> Array:
  """The matrix of two ops, one after the other.

  Args:
    first: float32 [6], of the op that is run first.
    second: float32 [6], of the one run on its result.

  Returns:
    float32 [6]; reading once by it is not bit for bit reading twice, and keeps what the first op moved out.
  """
  a, b, c, d, e, f = first
  p, q, r, s, t, u = second
  return jnp.stack([a * p + b * s, a * q + b * t, a * r + b * u + c, d * p + e * s, d * q + e * t, d * r + e * u + f])


def flip_matrix(across: Array, down: Array, height: int, width: int) -> Array:
  """The matrix of `flip_left_right` and `flip_up_down`.

  Args:
    across, down: bool scalars, whether columns, and rows, are mirrored.
    height, width: of the image.

  Returns:
    float32 [6].
  """
  zero = jnp.float32(0)
  sign = lambda flipped: jnp.where(flipped, -1, 1).astype(jnp.float32)
  edge = lambda flipped, size: jnp.where(flipped, size, 0).astype(jnp.float32)
  return jnp.stack([sign(across), zero, edge(across, width), zero, sign(down), edge(down, height)])


def window_matrix(top: Array, left: Array, height: Array, width: Array, size: tuple[int, int]) -> Array:
  """The matrix of `crop` and `resized_crop`.

  Args:
    top, left, height, width: float scalars in pixels, the window.
    size: (rows, columns) of the result.

  Returns:
    float32 [6].
  """
  return jnp.array([width / size[1], 0, left, 0, height / size[0], top], jnp.float32)


def affine_matrix(degrees: Array, across: Array, down: Array, scale: Array, shear: Array, height: int, width: int) -> Array:
  """Shear, size, turn about the centre, then shift.

  Args:
    degrees: float scalar, counter-clockwise.
    across, down: float scalars in pixels, to the right and down.
    scale: float scalar above 0; 2 makes what is seen twice as large.
    shear: float scalar in (-90, 90), degrees along x; above 0 the upper half goes right.
    height, width: of the image.

  Returns:
    float32 [6].

  Source: torchvision `affine(angle=-degrees, translate=(across, down), scale, shear=(shear, 0))`.
  """
  cosine, sine = jnp.cos(jnp.radians(degrees)), jnp.sin(jnp.radians(degrees))
  lean = jnp.tan(jnp.radians(shear))
  a, b = (cosine + lean * sine) / scale, (lean * cosine - sine) / scale
  d, e = sine / scale, cosine / scale
  x, y = width / 2, height / 2
  return jnp.stack([a, b, x - a * (x + across) - b * (y + down), d, e, y - d * (x + across) - e * (y + down)])


def perspective_matrix(corners: Array, height: int, width: int) -> Array:
  """The matrix that lays the image's corners at four places.

  Args:
    corners: float32 [4, 2], (x, y) in pixels on the output, of the upper left, upper right, lower right and lower left; they
      must go round a convex area.
    height, width: of the image.

  Returns:
    float32 [8], for `perspective` and `move_points`.

  Source: Heckbert, Fundamentals of Texture Mapping and Image Warping, 1989, section 2.2.3, inverted by the adjugate.
  """
  (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
  right, down = (x1 - x2, y1 - y2), (x3 - x2, y3 - y2)
  rest = (x0 - x1 + x2 - x3, y0 - y1 + y2 - y3)
  cross = lambda u, v: u[0] * v[1] - u[1] * v[0]
  g, h = cross(rest, down) / cross(right, down), cross(right, rest) / cross(right, down)
  a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
  d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
  x = (width * (e - f * h), width * (c * h - b), width * (b * f - c * e))
  y = (height * (f * g - d), height * (a - c * g), height * (c * d - a * f))
  return jnp.stack([*x, *y, d * h - e * g, b * g - a * h]) / (a * e - b * d)
