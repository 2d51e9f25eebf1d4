"""Clean, robust and calibrated: what a model or a checkpoint is worth on untouched data."""
from jaxaug.evaluate.config import DEFAULTS, arms_of, plain
from jaxaug.evaluate.evaluate import attack_of, blank_variables, create_network, describe, evaluate, first
from jaxaug.evaluate.predict import Predictor, attacked, clean, frozen
from jaxaug.evaluate.scores import clean_scores, comparisons, table

__all__ = ('DEFAULTS', 'Predictor', 'arms_of', 'attack_of', 'attacked', 'blank_variables', 'clean', 'clean_scores',
           'comparisons', 'create_network', 'describe', 'evaluate', 'first', 'frozen', 'plain', 'table')
