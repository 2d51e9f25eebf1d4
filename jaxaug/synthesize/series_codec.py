"""Padded series of different length as one array: standardised channels and one more that says where the series is."""

from collections.abc import Mapping

import numpy as np

from jaxaug.synthesize.codec import Codec
from jaxaug.types import InputError


def lengths(series: np.ndarray) -> np.ndarray:
  """Steps until the last that is not zero in every channel.

  Args:
    series: [N, T, C], zeros after the end.

  Returns:
    [N] int.
  """
  there = (np.asarray(series) != 0).any(2)
  return np.where(there.any(1), there.shape[1] - there[:, ::-1].argmax(1), 0)


def series_codec(sigma_data: float = 0.5) -> Codec:
  """[N, T, C] as [N, T, C + 1]: channels of mean 0 and deviation `sigma_data` over their steps, 0 in the padding, and a mask of -+ sigma_data.

  Decoding ends a series where the mask first falls below 0 and writes zeros from there on; learnt holds `mean`, `deviation` [C] and the
  shortest length.

  Args:
    sigma_data: deviation of the encoding; the default is what `edm` expects.

  Returns:
    Codec; `fit` and `encode` raise InputError for other shapes and numbers that are not finite.
  """

  def there(data: np.ndarray) -> np.ndarray:
    return np.arange(data.shape[1])[None] < lengths(data)[:, None]

  def fit(data: np.ndarray) -> Mapping:
    data = np.asarray(data, np.float64)
    if data.ndim != 3 or not len(data) or not np.isfinite(data).all():
      raise InputError(f'series_codec: an array of shape {data.shape} must be [N, T, C] of finite numbers, N at least 1')
    steps = data[there(data)]
    deviation = steps.std(0)
    found = {
      'mean': steps.mean(0),
      'deviation': np.where(deviation > 0, deviation, 1.0),
      'shortest': int(lengths(data).min()),
    }
    return found | {'longest': data.shape[1]}

  def valid(learnt: Mapping, data: np.ndarray) -> np.ndarray:
    data = np.asarray(data)
    if data.ndim != 3 or data.shape[1:] != (learnt['longest'], len(learnt['mean'])):
      return np.zeros(len(data), bool)
    return np.isfinite(data).all((1, 2)) & (lengths(data) >= learnt['shortest'])

  def encode(learnt: Mapping, data: np.ndarray, seed: int = 0) -> np.ndarray:
    data = np.asarray(data, np.float64)
    if data.ndim != 3 or data.shape[2] != len(learnt['mean']) or not np.isfinite(data).all():
      raise InputError(
        f'series_codec: an array of shape {data.shape} must be [N, T, {len(learnt["mean"])}] of finite numbers'
      )
    mask = there(data)[..., None]
    scaled = np.where(mask, (data - learnt['mean']) / learnt['deviation'] * sigma_data, 0)
    return np.concatenate([scaled, np.where(mask, sigma_data, -sigma_data)], 2).astype(np.float32)

  def decode(learnt: Mapping, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    encoded = np.asarray(encoded, np.float64)
    ended = np.cumsum(encoded[..., -1] < 0, 1) > 0
    values = encoded[..., :-1] / sigma_data * learnt['deviation'] + learnt['mean']
    return np.where(ended[..., None], 0, values).astype(np.float32)

  return Codec(fit, encode, decode, lambda learnt, raw, key: raw, valid)
