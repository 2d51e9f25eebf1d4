"""Two tables that come with scikit-learn."""

import numpy as np

from jaxaug.data.source import Source


def read_table(name: str) -> Source:
  """A table of numbers and a class.

  Args:
    name: 'breast_cancer' (569 rows of 30 columns, 2 classes) or 'wine' (178 rows of 13, 3 classes).

  Returns:
    Source of `features` [N, D] float32 in the units of the table.

  Source: Street, Wolberg and Mangasarian, Breast Cancer Wisconsin (Diagnostic), UCI, 1993; Aeberhard and Forina, Wine, UCI, 1991.
  """
  from sklearn import datasets

  stored = {'breast_cancer': datasets.load_breast_cancer, 'wine': datasets.load_wine}[name]()
  train = {'features': stored.data.astype(np.float32), 'label': stored.target.astype(np.int32)}
  return Source(train, None, tuple(str(n) for n in stored.target_names), f'{name} (scikit-learn)')
