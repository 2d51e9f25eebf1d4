"""Arrays in, numbers with confidence intervals out."""

from jaxaug.metrics.calibration import brier, calibration, nll, reliability
from jaxaug.metrics.classification import accuracy, classes, confusion, correct
from jaxaug.metrics.compare import mcnemar, paired_bootstrap
from jaxaug.metrics.detection import auroc, true_positive_rate
from jaxaug.metrics.interval import Interval, wilson
from jaxaug.metrics.seeds import over_seeds

__all__ = (
  'Interval',
  'accuracy',
  'auroc',
  'brier',
  'calibration',
  'classes',
  'confusion',
  'correct',
  'mcnemar',
  'nll',
  'over_seeds',
  'paired_bootstrap',
  'reliability',
  'true_positive_rate',
  'wilson',
)
