"""Wide residual networks."""

from jaxaug.models.preact_resnet import PreActStack
from jaxaug.types import InputError


def wide_resnet(num_classes: int, depth: int = 28, width: int = 10, **hyper) -> PreActStack:
  """WRN-depth-width: three stages of (depth - 4) / 6 blocks with 16, 32 and 64 times `width` channels.

  Args:
    num_classes: K.
    depth: 6n + 4 (16, 28, 34, 40, ...).
    width: multiplier of the channels.
    **hyper: `mean`, `std`, `dtype`, `dropout` (between the two convolutions of a block) of the module.

  Returns:
    Flax module; image [B, H, W, C] float in [0, 1] -> logits [B, K] float32.

  Raises:
    InputError: another depth, or width < 1.

  Source: Zagoruyko and Komodakis, Wide Residual Networks, 2016, table 1.
  """
  n, rest = divmod(depth - 4, 6)
  if rest or n < 1 or width < 1:
    raise InputError(f'model.depth, model.width: wide_resnet-{depth}-{width} needs a depth of 6n + 4 and a width >= 1')
  return PreActStack(num_classes, 16, ((n, 16 * width), (n, 32 * width), (n, 64 * width)), **hyper)
