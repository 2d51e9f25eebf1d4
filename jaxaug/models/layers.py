"""The layers inside a network, by the names its parameters have: their outputs, read or changed."""

from collections.abc import Callable

import flax.linen as nn
import jax
import jax.numpy as jnp

from jaxaug.types import Array, InputError, PyTree


def after_layer(network: nn.Module, layer: str, change: Callable[[Array], Array]) -> nn.Module:
  """The network with the output of one layer changed.

  Args:
    network: Flax module.
    layer: path of a submodule as its parameters name it, e.g. 'conv2' or 'block1/conv0'.
    change: features -> features of the same shape.

  Returns:
    An object with the network's `apply`; it raises InputError, naming the layers there are, where none was changed.
  """

  class Changed:
    @staticmethod
    def apply(variables, *args, **kwargs):
      seen = []

      def look(path, output):
        seen.append(path)
        return change(output) if path == layer else output

      with nn.intercept_methods(_after_every(look)):
        result = network.apply(variables, *args, **kwargs)
      if layer not in seen:
        raise InputError(f'layer: the network has no layer {layer!r}; there are: {", ".join(dict.fromkeys(seen))}')
      return result

  return Changed


def layer_outputs(network: nn.Module, variables: PyTree, image: Array) -> dict[str, Array]:
  """What every layer gives, in the order in which they finish; of a layer that is called twice the second.

  Args:
    network: Flax module.
    variables: its collections.
    image: [B, H, W, C] float in [0, 1].

  Returns:
    {path of the submodule: [B, ...]}, without the network's own output; before a ReLU that is no module.
  """
  outputs = {}

  def look(path, output):
    outputs.pop(path, None)
    outputs[path] = output
    return output

  with nn.intercept_methods(_after_every(look)):
    network.apply(variables, image)
  return outputs


def last_map(network: nn.Module, variables: PyTree, image: Array) -> str:
  """The last layer whose output still has places: [B, h, w, C].

  Args:
    network: Flax module.
    variables: its collections.
    image: [B, H, W, C] float in [0, 1]; nothing is computed of it.

  Returns:
    Its path, or '' where there is none.
  """
  maps = []

  def look(variables, image):  # a dict that comes out of eval_shape has lost its order
    maps.extend(path for path, output in layer_outputs(network, variables, image).items() if jnp.ndim(output) == 4)

  jax.eval_shape(look, variables, image)
  return maps[-1] if maps else ''


def _after_every(look: Callable) -> Callable:
  """An interceptor that hands (path, output) of each submodule's call to `look` and goes on with what that returns."""

  def intercept(run, args, kwargs, context):
    output, path = run(*args, **kwargs), '/'.join(context.module.path)
    return look(path, output) if path and context.method_name == '__call__' else output

  return intercept
