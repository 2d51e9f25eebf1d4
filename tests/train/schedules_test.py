"""Schedules against their formulas."""

import numpy as np
import pytest

from jaxaug.train import make_schedule
from jaxaug.types import InputError


def values(**options):
  schedule = make_schedule(100, 0.5, **options)
  return np.array([float(schedule(step)) for step in range(101)])


def test_cosine_is_the_half_wave():
  assert np.allclose(values(name='cosine'), 0.25 * (1 + np.cos(np.pi * np.arange(101) / 100)), atol=1e-6)
  assert np.isclose(values(name='cosine', final=0.1)[-1], 0.05)


def test_warmup_rises_linearly_then_hands_over():
  v = values(name='cosine', warmup=0.2)
  assert np.allclose(v[:21], 0.5 * np.arange(21) / 20, atol=1e-6) and v.argmax() == 20 and v[-1] < 1e-6


def test_piecewise_falls_at_its_boundaries():
  v = values(name='piecewise', boundaries=(0.5, 0.8), factor=0.1)
  assert np.allclose(v[:50], 0.5) and np.allclose(v[51:80], 0.05) and np.allclose(v[81:], 0.005)
  warm = values(name='piecewise', boundaries=(0.5, 0.8), warmup=0.1)
  assert np.allclose(warm[11:50], 0.5) and np.allclose(warm[51:80], 0.05)


def test_one_cycle_peaks_at_its_share():
  v = values(name='one_cycle', warmup=0.25)
  assert v.argmax() == 25 and np.isclose(v[25], 0.5) and np.isclose(v[0], 0.5 / 25) and v[-1] < 1e-4


def test_constant_is_constant():
  assert (values(name='constant') == 0.5).all()


@pytest.mark.parametrize(
  'options', (dict(name='cos'), dict(warmup=1.0), dict(boundaries=(0.8, 0.5)), dict(boundaries=(1.5,)))
)
def test_nonsense_is_refused(options):
  with pytest.raises(InputError, match='schedule'):
    values(**options)
