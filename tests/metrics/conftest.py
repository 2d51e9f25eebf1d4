"""Reference values of tables, for all tests of metrics."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope='session')
def stored(root):
  """The reference tables and values, as a dict."""
  with np.load(root / 'tests' / 'golden' / 'tabular_reference.npz', allow_pickle=False) as file:
    return dict(file)


@pytest.fixture(scope='session')
def tables(stored):
  """real, fake and holdout as DataFrames."""
  numbers = lambda name: dict(zip(stored['numeric_names'].tolist(), stored[f'{name}_numeric'].T))
  words = lambda name: dict(zip(stored['category_names'].tolist(), stored[f'{name}_category'].T.astype(str).astype(object)))
  return {name: pd.DataFrame({**numbers(name), **words(name)}) for name in ('real', 'fake', 'holdout')}
