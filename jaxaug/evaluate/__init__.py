"""Clean, robust and calibrated: what a model or a checkpoint is worth on untouched data."""

from jaxaug.data import first
from jaxaug.evaluate.attack import attack_of, describe
from jaxaug.evaluate.autoattack import autoattack_scores, autoattack_settings, faults
from jaxaug.evaluate.certified import certified_scores, certified_settings
from jaxaug.evaluate.check import check_measures
from jaxaug.evaluate.config import DEFAULTS, arms_of, baseline_of, evaluation_settings, of_checkpoint, plain
from jaxaug.evaluate.corruption import corrupted_images, corruption_scores, corruption_table, mean_corruption_error
from jaxaug.evaluate.curves import CURVES, check_curves
from jaxaug.evaluate.detection import (
  detection_scores,
  energy_score,
  feature_squeezing,
  local_lipschitz,
  mahalanobis,
  softmax_score,
)
from jaxaug.evaluate.embedding import pca, tsne
from jaxaug.evaluate.evaluate import blank_variables, chosen_variables, create_network, evaluate
from jaxaug.evaluate.explain import explain_settings, grad_cam, integrated_gradients, loss_plane, plane_directions, saliency
from jaxaug.evaluate.influence import residual, strongest, tracin
from jaxaug.evaluate.judge import judge
from jaxaug.evaluate.library import Library, load_attacks, save_attacks, weights_fingerprint
from jaxaug.evaluate.masking import masking, masking_faults
from jaxaug.evaluate.predict import Predictor, attacked, clean, frozen
from jaxaug.evaluate.sanitation import answers_behind, behind, sanitation_settings
from jaxaug.evaluate.scores import clean_scores, comparisons, group_scores, table
from jaxaug.evaluate.seeds import compare_scores, compare_seeds, compare_workdirs, measured_as, seed_scores, seeds_table
from jaxaug.evaluate.stability import same_answers, stability_scores
from jaxaug.evaluate.transfer import transfer, transfer_markdown, transfer_table
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
  'CURVES',
  'DEFAULTS',
  'Library',
  'Predictor',
  'answers_behind',
  'arms_of',
  'attack_of',
  'attacked',
  'autoattack_scores',
  'autoattack_settings',
  'baseline_of',
  'behind',
  'blank_variables',
  'certified_scores',
  'certified_settings',
  'check_curves',
  'check_measures',
  'chosen_variables',
  'clean',
  'clean_scores',
  'compare_scores',
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
  'explain_settings',
  'faults',
  'feature_squeezing',
  'first',
  'frozen',
  'grad_cam',
  'group_scores',
  'judge',
  'integrated_gradients',
  'load_attacks',
  'local_lipschitz',
  'loss_plane',
  'mahalanobis',
  'majority_vote',
  'masking',
  'masking_faults',
  'mean_and_variance',
  'measured_as',
  'mean_corruption_error',
  'mean_of_probabilities',
  'of_checkpoint',
  'over_views',
  'pca',
  'plain',
  'plane_directions',
  'residual',
  'save_attacks',
  'saliency',
  'same_answers',
  'sanitation_settings',
  'seed_scores',
  'seeds_table',
  'softmax_score',
  'stability_scores',
  'strongest',
  'table',
  'ten_views',
  'tracin',
  'tsne',
  'transfer',
  'transfer_markdown',
  'transfer_table',
  'undo_ten_views',
  'weights_fingerprint',
)
