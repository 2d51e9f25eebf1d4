"""Sounds of four instruments, each in a band of pitches of its own, computed and not recorded."""

import numpy as np

from jaxaug.data.source import Source
from jaxaug.types import InputError

RATE = 4096  # samples a second
BANDS = {'hum': (60.0, 100.0), 'string': (150.0, 250.0), 'bell': (350.0, 550.0), 'chirp': (800.0, 1200.0)}
"""Instrument: lowest and highest pitch, Hz."""


def _hum(random: np.random.Generator, pitch: np.ndarray, time: np.ndarray) -> np.ndarray:
  """A tone of three harmonics that stays."""
  phase = random.uniform(0, 2 * np.pi, (len(pitch), 3))
  angle = 2 * np.pi * pitch[:, None] * time[None]
  return sum(np.sin(n * angle + phase[:, n - 1 : n]) / n**2 for n in (1, 2, 3))


def _string(random: np.random.Generator, pitch: np.ndarray, time: np.ndarray) -> np.ndarray:
  """y_t = .996 (y_{t-P} + y_{t-P-1}) / 2 from a burst of smooth noise: a plucked string (Karplus and Strong, 1983)."""
  made = np.zeros((len(pitch), len(time)))
  for row, period in enumerate(np.round(RATE / pitch - 0.5).astype(int)):
    width = period // 3  # the finger, without which higher harmonics are often louder
    start = np.convolve(random.normal(size=period + 2 + width), np.ones(width + 1) / (width + 1), 'valid')
    line = np.concatenate([start - start.mean(), np.zeros(len(time))])
    for t in range(len(start), len(line), period):
      end = min(t + period, len(line))
      line[t:end] = 0.996 * (line[t - period : end - period] + line[t - period - 1 : end - period - 1]) / 2
    made[row] = line[len(start) :]
  return made


def _bell(random: np.random.Generator, pitch: np.ndarray, time: np.ndarray) -> np.ndarray:
  """Three partials that are no harmonics and die away, the higher the sooner."""
  angle = 2 * np.pi * pitch[:, None] * time[None]
  partials = ((1.0, 1.0, 8.0), (2.76, 0.4, 16.0), (1.51, 0.3, 12.0))
  phase = random.uniform(0, 2 * np.pi, (len(pitch), len(partials), 1))
  parts = [a * np.exp(-d * time)[None] * np.sin(f * angle + phase[:, n]) for n, (f, a, d) in enumerate(partials)]
  return sum(parts)


def _chirp(random: np.random.Generator, pitch: np.ndarray, time: np.ndarray) -> np.ndarray:
  """A sine that rises evenly from .9 to 1.1 of its pitch, and swells and falls."""
  share = time / time[-1]
  phase = random.uniform(0, 2 * np.pi, (len(pitch), 1))
  turns = pitch[:, None] * (time * (0.9 + 0.1 * share))[None]
  return np.sin(np.pi * share)[None] ** 0.5 * np.sin(2 * np.pi * turns + phase)


INSTRUMENTS = dict(zip(BANDS, (_hum, _string, _bell, _chirp)))


def tones(samples: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
  """Sounds of random pitch, the logarithm of which is uniform in the band of the instrument.

  Args:
    samples: T, at 4,096 a second.
    count: sounds of each instrument.
    seed: of all that is drawn.

  Returns:
    (series [4 count, T, 1] float32, largest magnitude .9; label [4 count] int32, in the order of BANDS).

  Raises:
    InputError: a number out of range.
  """
  if samples < 2 or count < 1:
    raise InputError(f'tones: samples {samples} must be at least 2, count {count} at least 1')
  time, made = np.arange(samples) / RATE, []
  for number, (name, band) in enumerate(BANDS.items()):
    random = np.random.default_rng([seed, number])
    pitch = np.exp(random.uniform(*np.log(band), count))
    sound = INSTRUMENTS[name](random, pitch, time)
    made.append(0.9 * sound / np.abs(sound).max(1, keepdims=True))
  return np.concatenate(made).astype(np.float32)[..., None], np.repeat(np.arange(len(BANDS), dtype=np.int32), count)


def loudest(series: np.ndarray, rate: float = RATE) -> np.ndarray:
  """The frequency at which a sound has most power, between bins by a parabola through three of them.

  Args:
    series: [N, T, 1] float.
    rate: samples a second.

  Returns:
    [N] Hz.
  """
  sound = np.asarray(series, np.float64)[..., 0]
  power = np.log(np.abs(np.fft.rfft(sound * np.hanning(sound.shape[1])[None])) + 1e-12)
  at = np.clip(power[:, 1:].argmax(1) + 1, 1, power.shape[1] - 2)
  left, here, right = (np.take_along_axis(power, (at + n)[:, None], 1)[:, 0] for n in (-1, 0, 1))
  bend = left - 2 * here + right
  return (at + np.where(bend < 0, (left - right) / np.where(bend < 0, 2 * bend, 1), 0)) * rate / sound.shape[1]


def read_tones() -> Source:
  """1,200 sounds, 300 of each instrument: `series` [1200, 1024, 1] float32 in [-1, 1]."""
  series, label = tones(1024, 300)
  return Source({'series': series, 'label': label}, None, tuple(BANDS), 'tones (computed by jaxaug.data)')
