"""Objectives, the step, one loop."""

from jaxaug.train.autoencoder import fit_autoencoder, prepare_autoencoders
from jaxaug.train.fit import fit
from jaxaug.train.loop import DEFAULTS, train_arm
from jaxaug.train.objectives import OBJECTIVES, adversary, erm, jsd, pgd_at
from jaxaug.train.optimizers import make_optimizer
from jaxaug.train.overfitting import overfitted
from jaxaug.train.schedules import make_schedule
from jaxaug.train.seeds import fit_seeds
from jaxaug.train.step import evaluated, init_state, make_step
from jaxaug.train.teacher import load_teacher, teachers_of_seed

__all__ = (
  'DEFAULTS',
  'OBJECTIVES',
  'adversary',
  'erm',
  'evaluated',
  'fit',
  'fit_autoencoder',
  'fit_seeds',
  'init_state',
  'jsd',
  'make_optimizer',
  'make_schedule',
  'load_teacher',
  'make_step',
  'overfitted',
  'pgd_at',
  'prepare_autoencoders',
  'teachers_of_seed',
  'train_arm',
)
