"""Data augmentation that fights back: every augmentation is a pure function `(key, batch, model) -> batch`."""

import importlib

__version__ = '0.1.0'
__all__ = (
  'attacks',
  'augment',
  'certify',
  'checkpoint',
  'data',
  'evaluate',
  'metrics',
  'models',
  'ops',
  'parallel',
  'report',
  'search',
  'synthesize',
  'tracking',
  'train',
  'types',
)


def __getattr__(name):
  if name in __all__:  # a part is imported when it is first used, so that `import jaxaug` costs nothing
    return importlib.import_module(f'jaxaug.{name}')
  raise AttributeError(f'module jaxaug has no attribute {name!r}')
