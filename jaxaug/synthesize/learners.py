"""The downstream models that say whether more data helped: scikit-learn's, on standardised rows."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LEARNERS = {
  'logistic': lambda seed: LogisticRegression(max_iter=1000),
  'mlp': lambda seed: MLPClassifier((100,), max_iter=500, early_stopping=False, random_state=seed),
  'forest': lambda seed: RandomForestClassifier(200, random_state=seed),
  'boosting': lambda seed: HistGradientBoostingClassifier(random_state=seed),
  'neighbours': lambda seed: KNeighborsClassifier(5),
}
WEIGHTED = ('logistic', 'mlp', 'forest', 'boosting')  # those that take a weight per row


def fit_learner(
  name: str, rows: np.ndarray, label: np.ndarray, seed: int, weight: np.ndarray | None = None
) -> BaseEstimator:
  """Fits a learner on standardised rows.

  Args:
    name: a key of LEARNERS.
    rows: [N, ...] float, flattened.
    label: [N] int.
    seed: of the learner.
    weight: [N], or None.

  Returns:
    Fitted scikit-learn pipeline, to be asked about [M, D].
  """
  learner = make_pipeline(StandardScaler(), LEARNERS[name](seed))
  step = learner.steps[-1][0]
  weights = {f'{step}__sample_weight': weight} if weight is not None and name in WEIGHTED else {}
  return learner.fit(rows.reshape(len(rows), -1), label, **weights)


def class_weights(label: np.ndarray) -> np.ndarray:
  """N / (K n_k) for each row, so that all classes weigh the same.

  Args:
    label: [N] int.

  Returns:
    [N] float64.
  """
  classes, place, counts = np.unique(label, return_inverse=True, return_counts=True)
  return (len(label) / (len(classes) * counts))[place]
