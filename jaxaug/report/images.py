"""Arrays as pictures inside a page."""

import base64
import html
import io

import matplotlib
import numpy as np
from PIL import Image


def picture(image: np.ndarray, alt: str) -> str:
  """An <img> with the pixels inside.

  Args:
    image: [H, W, C] uint8 or float in [0, 1]; unless C is 3, the first channel is shown.
    alt: its description, plain text.

  Returns:
    HTML text.
  """
  pixels = image if image.dtype == np.uint8 else np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
  buffer = io.BytesIO()
  Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0]).save(buffer, 'PNG')
  return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'


def perturbation(before: np.ndarray, after: np.ndarray, epsilon: float) -> np.ndarray:
  """after - before, grey where nothing changed, black and white at -epsilon and epsilon.

  Args:
    before: [H, W, C] uint8, or float in [0, 1].
    after: [H, W, C] float in [0, 1].
    epsilon: above 0.

  Returns:
    [H, W, C] float in [0, 1].
  """
  start = before / np.float32(255) if before.dtype == np.uint8 else before
  return np.clip(0.5 + (after - start) / (2 * max(epsilon, 1e-8)), 0, 1)


def heat(values: np.ndarray, signed: bool = False) -> np.ndarray:
  """A map in colours, its largest 1% all the brightest.

  Args:
    values: [H, W] float.
    signed: whether values below 0 mean the opposite: blue, white at 0, red; otherwise black, red, yellow.

  Returns:
    [H, W, 3] float in [0, 1].
  """
  largest = max(float(np.quantile(np.abs(values), 0.99)), 1e-12)
  scaled = np.clip(values / largest, -1 if signed else 0, 1)
  return (
    matplotlib.colormaps['RdBu_r']((scaled + 1) / 2)[..., :3] if signed else matplotlib.colormaps['inferno'](scaled)[..., :3]
  )


def mosaic(rows: np.ndarray, side: int = 32) -> np.ndarray:
  """Many examples as one picture: images as they are, series and rows of a table as maps of colours, time across.

  Args:
    rows: [R, n, H, W, C] in [0, 1], [R, n, T, C] or [R, n, D], the last two in deviations; R down, n across.
    side: pixels of small examples are repeated as often as they stay within it.

  Returns:
    [R * (m H + 1), n * (m W + 1), C] float in [0, 1], white between them, m times each pixel.
  """
  rows = np.nan_to_num(rows, posinf=0.0, neginf=0.0)
  if rows.ndim < 5:
    flat = rows.swapaxes(2, 3) if rows.ndim == 4 else rows[..., None, :]  # [R, n, C, T]
    colours = heat(flat.reshape(-1, flat.shape[-1]), signed=True)
    rows = colours.reshape(*flat.shape, 3)
  times = max(1, side // max(rows.shape[2:4]))
  rows = np.clip(rows, 0, 1).repeat(times, 2).repeat(times, 3)
  padded = np.pad(rows, ((0, 0), (0, 0), (0, 1), (0, 1), (0, 0)), constant_values=1)
  down, across, height, width, channels = padded.shape
  return padded.transpose(0, 2, 1, 3, 4).reshape(down * height, across * width, channels)
