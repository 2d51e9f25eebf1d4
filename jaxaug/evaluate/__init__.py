"""Clean, robust and calibrated: what a model or a checkpoint is worth on untouched data."""

from jaxaug.data import first
from jaxaug.evaluate.attack import attack_of, describe
from jaxaug.evaluate.autoattack import autoattack_scores, autoattack_settings, faults
from jaxaug.evaluate.certified import certified_scores, certified_settings
from jaxaug.evaluate.config import DEFAULTS, arms_of, baseline_of, evaluation_settings, of_checkpoint, plain
from jaxaug.evaluate.corruption import corrupted_images, corruption_scores, corruption_table, mean_corruption_error
from jaxaug.evaluate.detection import (
  detection_scores,
  energy_score,
  feature_squeezing,
  local_lipschitz,
  mahalanobis,
  softmax_score,
)
from jaxaug.evaluate.evaluate import blank_variables, chosen_variables, create_network, evaluate
from jaxaug.evaluate.masking import masking
from jaxaug.evaluate.predict import Predictor, attacked, clean, frozen
from jaxaug.evaluate.scores import clean_scores, comparisons, group_scores, table
from jaxaug.evaluate.seeds import compare_seeds, compare_workdirs, seeds_table
from jaxaug.evaluate.stability import same_answers, stability_scores
from jaxaug.evaluate.tta import (
  drawn_views,
  majority_vote,
  mean_and_variance,
  mean_of_probabilities,
  over_views,
  ten_views,
  undo_ten_views,
)

__all__ = (
  'DEFAULTS',
  'Predictor',
  'arms_of',
  'attack_of',
  'attacked',
  'autoattack_scores',
  'autoattack_settings',
  'baseline_of',
  'blank_variables',
  'certified_scores',
  'certified_settings',
  'chosen_variables',
  'clean',
  'clean_scores',
  'compare_seeds',
  'compare_workdirs',
  'comparisons',
  'corrupted_images',
  'corruption_scores',
  'corruption_table',
  'create_network',
  'describe',
  'detection_scores',
  'drawn_views',
  'energy_score',
  'evaluate',
  'evaluation_settings',
  'faults',
  'feature_squeezing',
  'first',
  'frozen',
  'group_scores',
  'local_lipschitz',
  'mahalanobis',
  'majority_vote',
  'masking',
  'mean_and_variance',
  'mean_corruption_error',
  'mean_of_probabilities',
  'of_checkpoint',
  'over_views',
  'plain',
  'same_answers',
  'seeds_table',
  'softmax_score',
  'stability_scores',
  'table',
  'ten_views',
  'undo_ten_views',
)
