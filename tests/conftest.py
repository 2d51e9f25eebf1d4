"""Two fake devices, a compile cache kept between runs, and jax's checks on.

Compiling is most of what tests cost, and takes half as long without optimisation. Where bits are promised (ops, attacks, data,
policies) tests compile as users do.
"""

import fcntl
import gc
import os
import pathlib
import tempfile

ROOT = pathlib.Path(__file__).parent.parent
os.environ.setdefault('JAX_PLATFORMS', 'cpu')
os.environ.setdefault('OMP_NUM_THREADS', '1')  # OpenMP and BLAS threads of two workers on two cores only wait for each other
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
os.environ.setdefault('HYPOTHESIS_STORAGE_DIRECTORY', str(pathlib.Path(tempfile.gettempdir()) / 'jaxaug-hypothesis'))
os.environ.setdefault('JAX_COMPILATION_CACHE_DIR', str(ROOT / '.cache' / 'jax'))
os.environ.setdefault('JAX_DISABLE_MOST_OPTIMIZATIONS', '1')  # in processes that tests start, too
QUICK = os.environ['JAX_DISABLE_MOST_OPTIMIZATIONS'] == '1'
os.environ.setdefault('JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS', '0.3')

import jax  # noqa: E402  (after the environment)
import numpy as np  # noqa: E402
import pytest  # noqa: E402
from jax._src import compiler  # noqa: E402  (no public way to set XLA's flags for some programs only)

jax.config.update('jax_num_cpu_devices', 2)
jax.config.update('jax_debug_key_reuse', True)
jax.config.update('jax_numpy_rank_promotion', 'raise')

from hypothesis import settings  # noqa: E402

settings.register_profile('jaxaug', deadline=None, max_examples=30, derandomize=True)
settings.load_profile('jaxaug')


usual_options = compiler.get_compile_options


def quick_options(*args, **keywords):
  """Without XLA's fusion emitters: a step outside of jit, of which the tests have thousands, compiles quicker."""
  found = usual_options(*args, **keywords)
  if jax.config.read('jax_disable_most_optimizations'):
    found.env_option_overrides = [*found.env_option_overrides, ('xla_cpu_use_fusion_emitters', False)]
  return found


compiler.get_compile_options = quick_options


def pytest_collection_finish():
  """Modules and tests stay to the end: the collector, which tracing wakes often, looks at them no more, and comes less often."""
  gc.collect()
  gc.freeze()
  gc.set_threshold(20_000, 20, 50)


OPTIMIZED_FOLDERS = {'ops', 'data'}
OPTIMIZED = {'apply_policy_test', 'policies_test', 'per_image_test'}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
  """Optimisation is on where bits are promised: in these modules, and in tests with the mark `optimized`.

  Before any fixture: one of a module would otherwise compile as the test before it, of another module, was asked to.
  """
  path = item.path
  optimized = path.parent.name in OPTIMIZED_FOLDERS or path.stem in OPTIMIZED or item.get_closest_marker('optimized')
  jax.config.update('jax_disable_most_optimizations', QUICK and not optimized)


@pytest.fixture(scope='session')
def root() -> pathlib.Path:
  """The project's folder."""
  return ROOT


@pytest.fixture(scope='session')
def environment() -> dict[str, str]:
  """Of processes that tests start: they compile as the tests themselves."""
  return {**os.environ, 'XLA_FLAGS': '--xla_cpu_use_fusion_emitters=false' if QUICK else ''}


@pytest.fixture(scope='session')
def golden():
  """The reference network's archive, as a dict."""
  with np.load(ROOT / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz', allow_pickle=False) as stored:
    return dict(stored)


@pytest.fixture(scope='session')
def fashion_mnist(tmp_path_factory):
  """Folder in which TFDS has prepared the first 7,000 and 1,000 images of Fashion-MNIST from the IDX files, once for all workers."""
  pytest.importorskip('tensorflow_datasets')
  from jaxaug import data
  from jaxaug.data import fashion_mnist as reader

  if not pathlib.Path(data.DEFAULTS['idx_dir']).exists():
    pytest.skip('apt install dataset-fashion-mnist')
  base = tmp_path_factory.getbasetemp()
  folder = (base.parent if 'PYTEST_XDIST_WORKER' in os.environ else base) / 'fashion_mnist'
  folder.mkdir(exist_ok=True)
  with (folder / 'lock').open('w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.MonkeyPatch.context() as patch:  # all 70,000 take 16 seconds, and prove nothing more
      whole = reader.read_idx
      patch.setattr(reader, 'read_idx', lambda path: whole(path)[: 7000 if path.name.startswith('train') else 1000])
      data.load({'source': 'fashion_mnist', 'data_dir': str(folder / 'tfds'), 'cache_dir': str(folder / 'cache')})
  return folder
