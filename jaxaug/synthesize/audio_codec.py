"""Sound as a generator sees it: samples in [-1, 1], or the picture of its spectrum, which becomes sound again."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from jaxaug.synthesize.codec import Codec
from jaxaug.types import InputError


def _valid(shape: tuple[int, int]):
  def valid(learnt: Mapping, data: np.ndarray) -> np.ndarray:
    data = np.asarray(data)
    if data.shape[1:] != shape:
      return np.zeros(len(data), bool)
    return np.isfinite(data).all((1, 2))

  return valid


def _checked(data: np.ndarray, shape: tuple[int, int], name: str) -> np.ndarray:
  data = np.asarray(data, np.float64)
  if data.shape[1:] != shape or not len(data) or not np.isfinite(data).all():
    raise InputError(
      f'{name}: an array of shape {data.shape} must be [N, {shape[0]}, {shape[1]}] of finite numbers, N at least 1'
    )
  return data


def wave_codec(shape: tuple[int, int]) -> Codec:
  """[N, T, C] as [N, T, C] in [-1, 1]: divided by the largest magnitude of the data it was fitted to, `peak`.

  Args:
    shape: (T, C).

  Returns:
    Codec; decoding does not clip, activating is tanh. `fit` and `encode` raise InputError for other shapes and numbers not finite.
  """
  shape = tuple(shape)

  def fit(data: np.ndarray) -> Mapping:
    return {'peak': float(np.abs(_checked(data, shape, 'wave_codec')).max()) or 1.0}

  def encode(learnt: Mapping, data: np.ndarray, seed: int = 0) -> np.ndarray:
    return (_checked(data, shape, 'wave_codec') / learnt['peak']).astype(np.float32)

  def decode(learnt: Mapping, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    return (np.asarray(encoded, np.float64) * learnt['peak']).astype(np.float32)

  return Codec(fit, encode, decode, lambda learnt, raw, key: jnp.tanh(raw), _valid(shape))


def spectrum(sound: np.ndarray, fft: int, hop: int) -> np.ndarray:
  """The short-time Fourier transform under a Hann window; frame j is centred at sample (j + 1/2) hop, zeros around the sound.

  Args:
    sound: [N, T] float, T divisible by `hop`.
    fft: samples of a frame, even, above `hop`.
    hop: samples between frames, even.

  Returns:
    [N, T / hop, fft / 2 + 1] complex.
  """
  side = (fft - hop) // 2
  padded = np.pad(sound, ((0, 0), (side, side)))
  frames = np.lib.stride_tricks.sliding_window_view(padded, fft, 1)[:, ::hop]
  return np.fft.rfft(frames * _hann(fft), axis=-1)


def sound_of(frames: np.ndarray, fft: int, hop: int) -> np.ndarray:
  """The sound whose `spectrum` is nearest: frames under the window again, added up, divided by the sum of squared windows.

  Args:
    frames: [N, J, fft / 2 + 1] complex.
    fft, hop: of `spectrum`.

  Returns:
    [N, J hop] float64.

  Source: Griffin and Lim, Signal Estimation from Modified Short-Time Fourier Transform, 1984, equation 6.
  """
  pieces = np.fft.irfft(frames, fft, axis=-1) * _hann(fft)
  count, side = pieces.shape[1], (fft - hop) // 2
  total, weight = np.zeros((len(pieces), (count - 1) * hop + fft)), np.zeros((count - 1) * hop + fft)
  for j in range(count):
    total[:, j * hop : j * hop + fft] += pieces[:, j]
    weight[j * hop : j * hop + fft] += _hann(fft) ** 2
  inside = slice(side, side + count * hop)
  return total[:, inside] / weight[inside][None]


def griffin_lim(
  magnitude: np.ndarray, fft: int, hop: int, steps: int = 60, momentum: float = 0.99, seed: int = 0
) -> np.ndarray:
  """A sound whose spectrum has about these magnitudes: in turn the nearest sound, and its phases with the magnitudes that are asked for.

  Args:
    magnitude: [N, J, fft / 2 + 1], at least 0.
    fft, hop: of `spectrum`.
    steps: of the iteration.
    momentum: alpha; 0 is the iteration of 1984.
    seed: of the first phases.

  Returns:
    [N, J hop] float64.

  Source: Griffin and Lim, 1984, section III; momentum: Perraudin, Balazs and Sondergaard, A Fast Griffin-Lim Algorithm, 2013, algorithm 2.
  """
  random = np.random.default_rng(seed)
  phased = magnitude * np.exp(2j * np.pi * random.random(magnitude.shape))
  before = np.zeros_like(phased)
  for _ in range(steps):
    now = spectrum(sound_of(phased, fft, hop), fft, hop)
    ahead = now + momentum * (now - before)
    phased, before = magnitude * ahead / np.maximum(np.abs(ahead), 1e-12), now
  return sound_of(phased, fft, hop)


def spectrogram_codec(shape: tuple[int, int], fft: int = 128, hop: int = 32, floor: float = 1e-3, steps: int = 60) -> Codec:
  """[N, T, 1] as images [N, fft / 2, T / hop, 1] in [-1, 1]: ln(|spectrum| + floor) brought to this range, low frequencies on top.

  Decoding is `griffin_lim` with the codec's seed; the highest frequency, half of the rate, is left out. Learnt holds the largest
  magnitude, of which `floor` is a share. Phases are not kept, so that a sound comes back with others: distances between sounds, by which
  the gate knows copies and the detectors a collapse, do not see two sounds of one spectrum.

  Args:
    shape: (T, 1), T divisible by `hop`.
    fft: samples of a frame, even.
    hop: samples between frames, even, at most half of `fft`.
    floor: share of the largest magnitude below which nothing is told apart.
    steps: of `griffin_lim`.

  Returns:
    Codec; decoding does not clip, activating is tanh. `fit` and `encode` raise InputError for other shapes and numbers not finite.

  Raises:
    InputError: more channels than one, numbers that do not divide as said, a floor that is not in (0, 1).
  """
  shape = tuple(shape)
  if len(shape) != 2 or shape[1] != 1:
    raise InputError(f'spectrogram_codec: shape {shape} must be (T, 1), sound of one channel')
  samples = shape[0]
  if fft % 2 or hop % 2 or not 0 < 2 * hop <= fft or samples < 1 or samples % hop or not 0 < floor < 1:
    raise InputError(
      f'spectrogram_codec: fft {fft} and hop {hop} must be even, hop at most half of fft and dividing samples {samples}, '
      f'floor {floor} in (0, 1)'
    )

  def magnitudes(data: np.ndarray) -> np.ndarray:
    return np.abs(spectrum(_checked(data, shape, 'spectrogram_codec')[..., 0], fft, hop))[..., :-1]

  def fit(data: np.ndarray) -> Mapping:
    return {'largest': float(magnitudes(data).max()) or 1.0}

  def encode(learnt: Mapping, data: np.ndarray, seed: int = 0) -> np.ndarray:
    share = np.log(magnitudes(data) / learnt['largest'] + floor)
    return (1 - 2 * share / np.log(floor)).astype(np.float32).transpose(0, 2, 1)[..., None]

  def decode(learnt: Mapping, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    share = (1 - np.asarray(encoded, np.float64)[..., 0].transpose(0, 2, 1)) / 2 * np.log(floor)
    magnitude = learnt['largest'] * np.maximum(np.exp(share) - floor, 0)
    magnitude = np.pad(magnitude, ((0, 0), (0, 0), (0, 1)))
    return griffin_lim(magnitude, fft, hop, steps, seed=seed).astype(np.float32)[..., None]

  return Codec(fit, encode, decode, lambda learnt, raw, key: jnp.tanh(raw), _valid(shape))


def _hann(size: int) -> np.ndarray:
  """sin^2(pi (n + 1/2) / size): nowhere 0, so that each sample can be brought back."""
  return np.sin(np.pi * (np.arange(size) + 0.5) / size) ** 2
