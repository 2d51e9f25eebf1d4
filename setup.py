"""Installs jaxaug: `pip install -e .` or with extras, `pip install -e '.[dev]'`."""

import pathlib

from setuptools import find_packages, setup

TFDS = ['tensorflow-datasets>=4.9.8', 'importlib_resources']  # TFDS imports the second and does not declare it
SERIES = ['aeon>=1.1']
PRIVACY = ['dp-accounting>=0.6']  # Google's accountant tells what DP-SGD has spent
SEARCH = ['optuna>=4']
NOTEBOOKS = ['jupytext>=1.16', 'nbconvert>=7.16', 'ipykernel>=6']

setup(
  name='jaxaug',
  version='0.1.0',
  description='Data augmentation that fights back: policies, adversarial examples and generated samples in JAX',
  long_description=pathlib.Path(__file__).with_name('README.md').read_text(),
  long_description_content_type='text/markdown',
  license='Apache-2.0',
  packages=find_packages(include=['jaxaug', 'jaxaug.*']),
  package_data={'jaxaug.report': ['*.css']},
  python_requires='>=3.11',
  install_requires=[
    'jax>=0.10,<0.12',
    'flax>=0.12',
    'optax>=0.2.8',
    'orbax-checkpoint>=0.12',
    'chex>=0.1.90',
    'absl-py>=2.1',
    'ml-collections>=1.1',
    'numpy>=2.0',
    'scipy>=1.13',
    'scikit-learn>=1.7',
    'joblib>=1.4',
    'pandas>=2.2',
    'pyarrow>=17',
    'threadpoolctl>=3.1',
    'pillow>=10.3',
    'matplotlib>=3.9',
    'tensorboardX>=2.6.2',
    'tqdm>=4.66',
    'grain>=0.2.10',
    'portpicker>=1.6',
  ],
  extras_require={
    'dev': [
      *TFDS,
      *NOTEBOOKS,
      *SERIES,
      *PRIVACY,
      *SEARCH,
      'pytest>=8',
      'pytest-xdist>=3.7',
      'hypothesis>=6.100',
      'foolbox>=3.3.4',
      'equinox>=0.13',
    ],
    'tfds': TFDS,
    'series': SERIES,
    'privacy': PRIVACY,
    'search': SEARCH,
    'notebooks': NOTEBOOKS,
    'cuda': ['jax[cuda12]>=0.10,<0.12'],
    'tpu': ['jax[tpu]>=0.10,<0.12'],
  },
)
