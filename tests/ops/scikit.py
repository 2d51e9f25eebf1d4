"""scikit-image's HSV as an oracle where it is not installed: its formulas in NumPy, float64, in its order of rounding."""

import numpy as np


def in_hsv(image: np.ndarray, change) -> np.ndarray:
  """uint8 [..., 3] with (hue, saturation, value) changed."""
  pixels = image / 255.0
  red, green, blue = np.moveaxis(pixels, -1, 0)
  value, spread = pixels.max(-1), np.ptp(pixels, -1)
  with np.errstate(invalid='ignore', divide='ignore'):
    saturation = np.where(spread == 0, 0, spread / value)
    sector = np.where(red == value, (green - blue) / spread, 0)
    sector = np.where(green == value, 2.0 + (blue - red) / spread, sector)
    sector = np.where(blue == value, 4.0 + (red - green) / spread, sector)
    hue = np.where(spread == 0, 0, (sector / 6.0) % 1.0)
  hue, saturation, value = change(hue, saturation, value)
  whole = np.floor(hue * 6)
  part = hue * 6 - whole
  low, falling, rising = (value * (1 - saturation), value * (1 - part * saturation), value * (1 - (1 - part) * saturation))
  sixths = ((value, rising, low), (falling, value, low), (low, value, rising))
  sixths = (*sixths, (low, falling, value), (rising, low, value), (value, low, falling))
  choose = lambda channel: np.choose(whole.astype(np.uint8) % 6, [sixth[channel] for sixth in sixths])
  return np.uint8(np.clip(np.stack([choose(channel) for channel in range(3)], -1), 0, 1) * 255)
