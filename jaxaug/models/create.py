"""Networks by name."""

import inspect

import flax.linen as nn

from jaxaug.models.cnn import CNN
from jaxaug.models.mlp import MLP
from jaxaug.models.preact_resnet import PreActStack, preact_resnet
from jaxaug.models.wide_resnet import wide_resnet
from jaxaug.types import check_name

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
  known = dict(inspect.signature(MODELS[name]).parameters)
  if 'hyper' in known:
    known |= dict(inspect.signature(PreActStack).parameters)
  known = [k for k in known if k not in ('num_classes', 'hyper', 'stem', 'stages', 'parent', 'name')]
  for field in hyper:
    check_name(field, known, f'model ({name})')
  return MODELS[name](num_classes, **hyper)
