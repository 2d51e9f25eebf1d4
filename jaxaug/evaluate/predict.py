"""Any function of rows over a whole split, in full batches; the padding of the last one is cut off."""

import inspect
from collections.abc import Callable, Mapping

import flax
import flax.linen as nn
import jax
import numpy as np
from tqdm import tqdm

from jaxaug import parallel
from jaxaug.data import as_batch
from jaxaug.models import as_model
from jaxaug.types import Array, Augment, Batch, Key, Model, PyTree


def frozen(network: nn.Module, variables: PyTree) -> Model:
  """The network in eval mode with its weights held: what augmentations and attacks see.

  Args:
    network: Flax module.
    variables: its collections.

  Returns:
    Model, with `evidence` where the network gives it (preact_resnet, wide_resnet).
  """
  held = jax.lax.stop_gradient(variables)
  evidence = None
  if 'evidence' in inspect.signature(type(network).__call__).parameters:
    evidence = lambda image: network.apply(held, image, evidence=True)
  return as_model(lambda image: network.apply(held, image), evidence)


@flax.struct.dataclass
class Logits:
  """image [B, H, W, C] -> logits [B, K] in eval mode, the weights as leaves: what takes it as an argument compiles once for all of them."""

  variables: PyTree
  network: nn.Module = flax.struct.field(pytree_node=False)

  def __call__(self, image: Array) -> Array:
    """Logits of images [B, H, W, C] float in [0, 1]."""
    return frozen(self.network, self.variables).logits({'image': image})


class Predictor:
  """A function of (variables, key, batch) compiled once, then run over as many splits as one likes."""

  def __init__(self, fn: Callable[[PyTree, Key, Batch], PyTree], batch_size: int):
    """Prepares the function.

    Args:
      fn: row by row; returns arrays that lead with B.
      batch_size: over all devices, rounded up to a multiple of them.
    """
    devices = parallel.device_count()
    self._size = -(-batch_size // devices) * devices
    self._run = parallel.every_example(lambda variables, key, batch: fn(variables, key, as_batch(batch)))

  def __call__(self, variables: PyTree, key: Key, examples: Mapping[str, np.ndarray], title: str = '') -> PyTree:
    """Runs over all examples.

    Args:
      variables: as `fn` takes them, replicated.
      key: the same for all batches; rows that draw must use their `id`.
      examples: [N, ...] each.
      title: of the progress bar; '' shows none.

    Returns:
      What `fn` returns, as NumPy arrays that lead with N.
    """
    count, parts = len(examples['image']), []
    for start in tqdm(
      range(0, count, self._size), title, leave=False, disable=None if title and parallel.is_main() else True
    ):
      rows = np.minimum(np.arange(start, start + self._size), count - 1)
      parts.append(self._run(variables, key, jax.tree.map(lambda a: np.asarray(a[rows]), dict(examples))))
    return jax.tree.map(lambda *a: np.concatenate(a)[:count], *parts)


def clean(network: nn.Module) -> Callable:
  """Logits of the images as they are, for a Predictor.

  Args:
    network: Flax module.

  Returns:
    (variables, key, batch) -> {'logits' [B, K]}.
  """
  return lambda variables, key, batch: {'logits': frozen(network, variables).logits(batch)}


def attacked(network: nn.Module, make_attack: Callable[..., Augment], images: bool = False) -> Callable:
  """Logits after an attack, for a Predictor.

  Args:
    network: Flax module.
    make_attack: epsilon -> Augment; epsilon is traced.
    images: whether the attacked images are returned too.

  Returns:
    ((variables, epsilon), key, batch) -> {'logits' [B, K]} and, if asked for, 'image'.
  """

  def fn(variables_epsilon, key, batch):
    variables, epsilon = variables_epsilon
    model = frozen(network, variables)
    moved = make_attack(epsilon)(key, batch, model)
    return {'logits': model.logits(moved), **({'image': moved['image']} if images else {})}

  return fn
