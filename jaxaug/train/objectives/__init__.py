"""What training minimises: one short file each, the paper's formula readable in it."""

from jaxaug.train.objectives.adversary import adversary, against
from jaxaug.train.objectives.apply import apply_train
from jaxaug.train.objectives.awp import awp
from jaxaug.train.objectives.certified import certified
from jaxaug.train.objectives.distillation import adversarial_distillation, defensive_distillation
from jaxaug.train.objectives.erm import erm
from jaxaug.train.objectives.fast import fast
from jaxaug.train.objectives.feature_at import feature_at
from jaxaug.train.objectives.followed import check_followed
from jaxaug.train.objectives.free import Replayed, free
from jaxaug.train.objectives.gairat import gairat
from jaxaug.train.objectives.jsd import jsd
from jaxaug.train.objectives.mart import mart
from jaxaug.train.objectives.mma import mma
from jaxaug.train.objectives.pgd_at import pgd_at
from jaxaug.train.objectives.trades import trades
from jaxaug.train.objectives.union import union

OBJECTIVES = {
  'adversarial_distillation': adversarial_distillation,
  'awp': awp,
  'certified': certified,
  'defensive_distillation': defensive_distillation,
  'erm': erm,
  'fast': fast,
  'feature_at': feature_at,
  'free': free,
  'gairat': gairat,
  'jsd': jsd,
  'mart': mart,
  'mma': mma,
  'pgd_at': pgd_at,
  'trades': trades,
  'union': union,
}

__all__ = (
  'OBJECTIVES',
  'Replayed',
  'adversarial_distillation',
  'adversary',
  'against',
  'apply_train',
  'awp',
  'certified',
  'check_followed',
  'defensive_distillation',
  'erm',
  'fast',
  'feature_at',
  'free',
  'gairat',
  'jsd',
  'mart',
  'mma',
  'pgd_at',
  'trades',
  'union',
)
