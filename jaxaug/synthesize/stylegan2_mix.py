"""Style mixing: the coarse styles of one draw, the fine ones of another."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug.models.stylegan2 import LAYERS
from jaxaug.synthesize.gan_presets import gan_networks, gan_settings
from jaxaug.types import Array, InputError, Key, PyTree


def stylegan2_mix(
  shape: tuple[int, ...],
  *,
  layers: int = 1,
  width: int | None = None,
  latent: int | None = None,
  truncation: float | None = None,
) -> Callable[[PyTree, Key, Array, Array], Array]:
  """Draws whose first `layers` styles (a quarter of the sides, half, all) are of one latent, the others of another.

  Args:
    shape: (H, W, C), as given to `gan`.
    layers: styles that are coarse, 0 to 3.
    width, latent, truncation: as given to `gan(preset='stylegan2')`.

  Returns:
    Function (variables as `evaluated(state)` gives them, key, condition [B, K] of the coarse styles, condition_fine [B, K]) -> encoded
    [B, H, W, C]; row i depends on row i only.

  Raises:
    InputError: layers out of range, or what `gan` refuses.

  Source: Karras, Laine and Aila, A Style-Based Generator Architecture for Generative Adversarial Networks, 2019, section 3.1, figure 3.
  """
  if not 0 <= layers <= LAYERS:
    raise InputError(f'stylegan2_mix.layers: {layers} must be in [0, {LAYERS}]')
  held = gan_settings(shape, 'stylegan2', dict(width=width, latent=latent, truncation=truncation))
  generator, _ = gan_networks(shape, held)

  def mix(variables: PyTree, key: Key, condition: Array, condition_fine: Array) -> Array:
    key_coarse, key_fine, key_noise = jax.random.split(key, 3)
    ours = {name: tree['generator'] for name, tree in variables.items()}
    style = lambda key, condition: generator.apply(
      ours, jax.random.normal(key, (len(condition), held['latent'])), condition, method='styles'
    )
    coarse, fine = style(key_coarse, condition), style(key_fine, condition_fine)
    first = jnp.full(len(condition), layers)
    return generator.apply(ours, coarse, fine, first, method='mixed', rngs={'noise': key_noise})

  return mix
