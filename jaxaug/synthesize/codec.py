"""Between data of some kind and the float32 arrays that a Generator works on: the only part that knows the kind."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxaug.types import Array, InputError, Key


class Codec(NamedTuple):
  """Five pure functions; what they know of the data is `learnt`: plain values and arrays, to be kept in an npz.

  Fitting, encoding and decoding work on the host, `activate` inside the compiled step. Same input and seed, same result.
  """

  fit: Callable[[Any], Any]
  """data of N examples -> learnt."""
  encode: Callable[..., np.ndarray]
  """(learnt, data, seed=0) -> float32 [N, ...]; the seed chooses where a value may be written in several ways."""
  decode: Callable[..., Any]
  """(learnt, encoded [N, ...], seed=0) -> data; the seed chooses where the encoding does not say which value it was."""
  activate: Callable[[Any, Array, Key], Array]
  """(learnt, output of a network [B, ...], key) -> [B, ...] in the range of encodings, differentiable."""
  valid: Callable[[Any, Any], np.ndarray]
  """(learnt, data) -> bool [N]: is this an example of the kind that was fitted?"""


def image_codec(shape: tuple[int, int, int]) -> Codec:
  """Images in [0, 1] as images in [-1, 1]: x -> 2 x - 1.

  Data are float [N, H, W, C], and so are encodings; decoding does not clip, so that a gate can see what is out of range, and `valid`
  asks for finite numbers alone; activating is tanh, learnt is empty.

  Args:
    shape: (H, W, C).

  Returns:
    Codec; `fit` and `encode` raise InputError for other shapes and for values that are not in [0, 1].
  """
  shape = tuple(shape)

  def valid(learnt: Mapping, data: np.ndarray) -> np.ndarray:
    data = np.asarray(data)
    if data.shape[1:] != shape:
      return np.zeros(len(data), bool)
    return np.isfinite(data).reshape(len(data), -1).all(-1)

  def fit(data: np.ndarray) -> Mapping:
    inside = (np.asarray(data) >= 0) & (np.asarray(data) <= 1)
    bad = ~(valid({}, data) & inside.reshape(len(inside), -1).all(-1))
    if bad.any() or not len(bad):
      raise InputError(
        f'image_codec: {bad.sum()} of {len(bad)} images are not {shape} with values in [0, 1]; the array is {np.shape(data)}'
      )
    return {}

  def encode(learnt: Mapping, data: np.ndarray, seed: int = 0) -> np.ndarray:
    fit(data)
    return 2 * np.asarray(data, np.float32) - 1

  def decode(learnt: Mapping, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    return (np.asarray(encoded, np.float32) + 1) / 2

  return Codec(fit, encode, decode, lambda learnt, raw, key: jnp.tanh(raw), valid)


def row_codec(sigma_data: float = 0.5) -> Codec:
  """Rows of numbers, each column brought to mean 0 and deviation `sigma_data`: (x - mean) / deviation * sigma_data.

  Data are float [N, D], and so are encodings; nothing is clipped, activating changes nothing, learnt holds `mean` and `deviation` [D].
  A constant column has deviation 1.

  Args:
    sigma_data: deviation of the encoding; the default is what `edm` expects.

  Returns:
    Codec; `fit` and `encode` raise InputError for rows that are not finite or of another width.
  """

  def valid(learnt: Mapping, data: np.ndarray) -> np.ndarray:
    data = np.asarray(data)
    if data.ndim != 2 or data.shape[1] != len(learnt['mean']):
      return np.zeros(len(data), bool)
    return np.isfinite(data).all(-1)

  def fit(data: np.ndarray) -> Mapping:
    data = np.asarray(data, np.float64)
    if data.ndim != 2 or not len(data) or not np.isfinite(data).all():
      raise InputError(f'row_codec: an array of shape {data.shape} must be [N, D] of finite numbers, N at least 1')
    deviation = data.std(0)
    return {'mean': data.mean(0), 'deviation': np.where(deviation > 0, deviation, 1.0)}

  def encode(learnt: Mapping, data: np.ndarray, seed: int = 0) -> np.ndarray:
    bad = ~valid(learnt, data)
    if bad.any():
      raise InputError(
        f'row_codec: {bad.sum()} of {len(bad)} rows are not {len(learnt["mean"])} finite numbers; the array is {np.shape(data)}'
      )
    return ((np.asarray(data, np.float64) - learnt['mean']) / learnt['deviation'] * sigma_data).astype(np.float32)

  def decode(learnt: Mapping, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    return (np.asarray(encoded, np.float64) / sigma_data * learnt['deviation'] + learnt['mean']).astype(np.float32)

  return Codec(fit, encode, decode, lambda learnt, raw, key: raw, valid)


def flat_codec(shape: tuple[int, ...], sigma_data: float = 0.5) -> Codec:
  """`row_codec` for examples of any shape: every entry is standardised by itself, as a learner of rows does with them.

  Args:
    shape: of one example.
    sigma_data: deviation of the encoding.

  Returns:
    Codec; encodings are [N, D].
  """
  rows, shape = row_codec(sigma_data), tuple(shape)
  flat = lambda data: np.asarray(data).reshape(len(data), -1)
  decode = lambda learnt, encoded, seed=0: rows.decode(learnt, encoded, seed).reshape(len(encoded), *shape)
  encode = lambda learnt, data, seed=0: rows.encode(learnt, flat(data), seed)
  return Codec(
    lambda data: rows.fit(flat(data)), encode, decode, rows.activate, lambda learnt, data: rows.valid(learnt, flat(data))
  )
