"""Sound to pictures and back: windows that add up, phases that are found again, magnitudes that stay."""

import numpy as np
import pytest
from scipy.signal import ShortTimeFFT

from jaxaug.data import loudest, tones
from jaxaug.synthesize import spectrogram_codec, wave_codec
from jaxaug.synthesize.audio_codec import griffin_lim, sound_of, spectrum
from jaxaug.types import InputError

SOUND = tones(256, 4)[0]


def test_the_spectrum_is_scipys_and_comes_back():
  frames = spectrum(SOUND[..., 0].astype(np.float64), 64, 16)
  assert frames.shape == (16, 16, 33)
  window = np.sin(np.pi * (np.arange(64) + 0.5) / 64) ** 2
  theirs = ShortTimeFFT(window, 16, 1.0, phase_shift=None)
  padded = np.pad(SOUND[..., 0].astype(np.float64), ((0, 0), (24, 24)))  # its frame p is centred at 16 p of what is padded
  wanted = theirs.stft(padded, p0=2, p1=18)
  np.testing.assert_allclose(np.abs(frames), np.abs(wanted).swapaxes(1, 2), atol=1e-9)
  np.testing.assert_allclose(sound_of(frames, 64, 16), SOUND[..., 0], atol=1e-12)


def test_griffin_lim_finds_phases_and_is_a_function_of_its_seed():
  magnitude = np.abs(spectrum(SOUND[..., 0].astype(np.float64), 64, 16))
  error = lambda sound: np.linalg.norm(np.abs(spectrum(sound, 64, 16)) - magnitude) / np.linalg.norm(magnitude)
  plain = [error(griffin_lim(magnitude, 64, 16, steps, 0.0)) for steps in (0, 5, 40)]
  assert plain[0] > plain[1] > plain[2]  # it never goes up
  found = griffin_lim(magnitude, 64, 16, 40)
  assert error(found) < 0.8 * plain[2]  # and faster with momentum
  np.testing.assert_array_equal(found, griffin_lim(magnitude, 64, 16, 40))
  assert np.abs(found - griffin_lim(magnitude, 64, 16, 40, seed=1)).max() > 0.01


def test_spectrograms_are_images_that_become_the_same_tones():
  codec = spectrogram_codec((256, 1), 64, 16, steps=40)
  learnt = codec.fit(SOUND)
  image = codec.encode(learnt, SOUND)
  assert image.shape == (16, 32, 16, 1) and image.dtype == np.float32
  assert -1 - 1e-6 <= image.min() < -0.9 and 0.99 < image.max() < 1.01
  back = codec.decode(learnt, image, seed=3)
  assert back.shape == SOUND.shape and back.dtype == np.float32
  np.testing.assert_array_equal(back, codec.decode(learnt, image, seed=3))
  assert (np.abs(loudest(back) - loudest(SOUND)) < 20).mean() > 0.9
  assert np.abs(codec.encode(learnt, back) - image).mean() < 0.1
  rows = np.asarray(loudest(SOUND) / 64).round().astype(int)  # a bin of 64 samples is 64 Hz wide
  assert (np.abs(image.mean((2, 3)).argmax(1) - rows) <= 1).mean() > 0.9  # low frequencies on top
  assert codec.valid(learnt, back).all() and not codec.valid(learnt, np.full((1, 256, 1), np.nan)).any()


def test_samples_there_and_back():
  codec = wave_codec((256, 1))
  learnt = codec.fit(4 * SOUND)
  encoded = codec.encode(learnt, 4 * SOUND)
  assert np.abs(encoded).max() == 1
  np.testing.assert_allclose(codec.decode(learnt, encoded), 4 * SOUND, atol=1e-6)
  assert codec.valid(learnt, SOUND).all() and not codec.valid(learnt, SOUND[:, :5]).any()


def test_bad_input_is_told():
  with pytest.raises(InputError, match=r'wave_codec: an array of shape \(16, 200, 1\)'):
    wave_codec((256, 1)).fit(SOUND[:, :200])
  with pytest.raises(InputError, match='spectrogram_codec: an array of shape'):
    spectrogram_codec((256, 1)).encode({'largest': 1.0}, SOUND * np.nan)
  for given in (dict(shape=(100, 1)), dict(shape=(256, 1), fft=32, hop=32), dict(shape=(256, 1), floor=1.0)):
    with pytest.raises(InputError, match='spectrogram_codec: fft'):
      spectrogram_codec(**given)
  with pytest.raises(InputError, match=r'spectrogram_codec: shape \(256, 2\) must be'):
    spectrogram_codec((256, 2))
