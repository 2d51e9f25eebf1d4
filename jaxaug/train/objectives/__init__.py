"""What training minimises: one short file each, the paper's formula readable in it."""

from jaxaug.train.objectives.apply import apply_train
from jaxaug.train.objectives.erm import erm
from jaxaug.train.objectives.jsd import jsd
from jaxaug.train.objectives.pgd_at import pgd_at

OBJECTIVES = {'erm': erm, 'jsd': jsd, 'pgd_at': pgd_at}

__all__ = ('OBJECTIVES', 'apply_train', 'erm', 'jsd', 'pgd_at')
