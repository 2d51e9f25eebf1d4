"""Two fake devices, a compile cache kept between runs, and jax's checks on."""

import os
import pathlib
import tempfile

ROOT = pathlib.Path(__file__).parent.parent
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
os.environ.setdefault('HYPOTHESIS_STORAGE_DIRECTORY', str(pathlib.Path(tempfile.gettempdir()) / 'jaxaug-hypothesis'))
os.environ.setdefault('JAX_COMPILATION_CACHE_DIR', str(ROOT / '.cache' / 'jax'))
os.environ.setdefault('JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS', '0.3')

import jax  # noqa: E402  (after the environment)
import numpy as np  # noqa: E402
import pytest  # noqa: E402

jax.config.update('jax_num_cpu_devices', 2)
jax.config.update('jax_debug_key_reuse', True)
jax.config.update('jax_numpy_rank_promotion', 'raise')

from hypothesis import settings  # noqa: E402

settings.register_profile('jaxaug', deadline=None, max_examples=30, derandomize=True)
settings.load_profile('jaxaug')


@pytest.fixture(scope='session')
def root() -> pathlib.Path:
  """The project's folder."""
  return ROOT


@pytest.fixture(scope='session')
def golden():
  """The reference network's archive, as a dict."""
  with np.load(ROOT / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz', allow_pickle=False) as stored:
    return dict(stored)
