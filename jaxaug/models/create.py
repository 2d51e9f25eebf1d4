"""Networks by name."""

import flax.linen as nn

from jaxaug.models.cnn import CNN
from jaxaug.models.mlp import MLP
from jaxaug.models.preact_resnet import PreActStack, preact_resnet
from jaxaug.models.wide_resnet import wide_resnet
from jaxaug.types import check_name, defaults_of, fill

MODELS = {'cnn': CNN, 'mlp': MLP, 'preact_resnet': preact_resnet, 'wide_resnet': wide_resnet}


def create(name: str, num_classes: int, **hyper) -> nn.Module:
  """Makes a network from its name.

  Args:
    name: a key of MODELS.
    num_classes: K.
    **hyper: the network's own keywords.

  Returns:
    Flax module; `module.apply(variables, image [B, H, W, C] in [0, 1], train=False, features=False)`.

  Raises:
    InputError: unknown name or keyword; the message lists what exists.
  """
  check_name(name, MODELS, 'model.name')
  fields = defaults_of(MODELS[name]) | (defaults_of(PreActStack) if MODELS[name] in (preact_resnet, wide_resnet) else {})
  fields = {field: value for field, value in fields.items() if field not in ('parent', 'name')} | {'dtype': None}
  filled = fill(hyper, fields, f'model ({name})')
  return MODELS[name](num_classes, **{field: filled[field] for field in hyper})
