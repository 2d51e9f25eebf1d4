"""The embedded set: real handwritten digits that come with scikit-learn."""

import numpy as np

from jaxaug.data.source import Source


def read_digits() -> Source:
  """1,797 images of 8x8x1 in 17 grey levels, spread over 0 to 255.

  Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998 (its test part).
  """
  from sklearn.datasets import load_digits

  stored = load_digits()
  image = np.round(stored.images[..., None] * (255 / 16)).astype(np.uint8)
  train = {'image': image, 'label': stored.target.astype(np.int32)}
  return Source(train, None, tuple('0123456789'), 'digits (scikit-learn)')
