"""Threat models and attacks; each attack is an Augment."""

from jaxaug.attacks.apgd import apgd, apgd_targeted
from jaxaug.attacks.autoattack import AutoAttackResult, autoattack
from jaxaug.attacks.carlini_wagner import carlini_wagner
from jaxaug.attacks.deepfool import deepfool
from jaxaug.attacks.fab import fab
from jaxaug.attacks.friendly import friendly
from jaxaug.attacks.losses import LOSSES, cross_entropy, dlr, margin, targeted_dlr, targeted_margin
from jaxaug.attacks.norms import NORMS
from jaxaug.attacks.pgd import check_classes, check_floats, check_step_size, example_keys, pgd
from jaxaug.attacks.square import square
from jaxaug.attacks.threat_model import ThreatModel, round_down, threat_model

__all__ = (
  'LOSSES',
  'NORMS',
  'AutoAttackResult',
  'ThreatModel',
  'apgd',
  'apgd_targeted',
  'autoattack',
  'carlini_wagner',
  'check_classes',
  'check_floats',
  'check_step_size',
  'cross_entropy',
  'deepfool',
  'dlr',
  'example_keys',
  'fab',
  'friendly',
  'margin',
  'pgd',
  'round_down',
  'square',
  'targeted_dlr',
  'targeted_margin',
  'threat_model',
)
