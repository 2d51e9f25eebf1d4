"""Arrays in, numbers with confidence intervals out."""

from jaxaug.metrics.calibration import brier, calibration, nll, reliability
from jaxaug.metrics.classification import accuracy, classes, confusion, correct
from jaxaug.metrics.compare import mcnemar, paired_bootstrap
from jaxaug.metrics.detection import auroc, true_positive_rate
from jaxaug.metrics.distance import nearest, within
from jaxaug.metrics.fidelity import frechet_distance, kernel_distance, kernel_distances, polynomial_mmd, prdc, prdc_reference
from jaxaug.metrics.inception import check_weights, fid
from jaxaug.metrics.interval import Interval, wilson
from jaxaug.metrics.membership import density_ratio, log_density, membership
from jaxaug.metrics.privacy import closer_to_real, closest_record, exact_copies, identifiability, new_row_score, nndr
from jaxaug.metrics.sample_classes import class_coverage, inception_score, inception_scores, label_agreement
from jaxaug.metrics.seeds import over_seeds
from jaxaug.metrics.table_learners import detection, trts, tstr
from jaxaug.metrics.tabular import column_shapes, pair_strengths, pair_trends

__all__ = (
  'Interval',
  'accuracy',
  'auroc',
  'brier',
  'calibration',
  'check_weights',
  'class_coverage',
  'classes',
  'closer_to_real',
  'closest_record',
  'column_shapes',
  'confusion',
  'correct',
  'density_ratio',
  'detection',
  'exact_copies',
  'fid',
  'frechet_distance',
  'identifiability',
  'inception_score',
  'inception_scores',
  'kernel_distance',
  'kernel_distances',
  'label_agreement',
  'log_density',
  'mcnemar',
  'membership',
  'nearest',
  'new_row_score',
  'nll',
  'nndr',
  'over_seeds',
  'pair_strengths',
  'pair_trends',
  'paired_bootstrap',
  'polynomial_mmd',
  'prdc',
  'prdc_reference',
  'reliability',
  'trts',
  'true_positive_rate',
  'tstr',
  'wilson',
  'within',
)
