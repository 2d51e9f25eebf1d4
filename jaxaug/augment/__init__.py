"""The augmentations: pure functions `(key, batch, model) -> batch`."""

from jaxaug.augment.adversarial import adversarial
from jaxaug.augment.compose import compose, fixed, identity
from jaxaug.augment.create import AUGMENTS, create
from jaxaug.augment.mixup import mixup
from jaxaug.augment.per_image import cutout, per_image, standard

__all__ = ('AUGMENTS', 'adversarial', 'compose', 'create', 'cutout', 'fixed', 'identity', 'mixup', 'per_image', 'standard')
