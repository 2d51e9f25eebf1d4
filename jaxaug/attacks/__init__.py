"""Threat models and attacks; each attack is an Augment."""

from jaxaug.attacks.losses import LOSSES, cross_entropy, margin
from jaxaug.attacks.pgd import example_keys, pgd
from jaxaug.attacks.threat_model import NORMS, ThreatModel, round_down, threat_model

__all__ = ('LOSSES', 'NORMS', 'ThreatModel', 'cross_entropy', 'example_keys', 'margin', 'pgd', 'round_down', 'threat_model')
