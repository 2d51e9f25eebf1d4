"""From gradients to updates."""

import jax
import optax

from jaxaug.types import InputError, PyTree


def _kernels(params: PyTree) -> PyTree:
  """True for matrices and filters: biases and batch normalisation are not decayed."""
  return jax.tree.map(lambda p: p.ndim > 1, params)


def make_optimizer(
  schedule: optax.Schedule,
  *,
  name: str = 'sgd',
  momentum: float = 0.9,
  nesterov: bool = True,
  weight_decay: float = 5e-4,
  clip_norm: float = 0.0,
) -> optax.GradientTransformation:
  """SGD with momentum and L2 decay, or AdamW; the gradient is clipped first.

  Args:
    schedule: step -> learning rate.
    name: 'sgd' or 'adamw'.
    momentum: of SGD; beta_1 of AdamW.
    nesterov: of SGD.
    weight_decay: added to the gradient (sgd) or decoupled (adamw); kernels only.
    clip_norm: largest global L2 norm of the gradient; 0 leaves it.

  Returns:
    optax transformation.

  Raises:
    InputError: unknown name, clip_norm below 0.
  """
  if clip_norm < 0:
    raise InputError(f'optimizer.clip_norm: {clip_norm} must be at least 0')
  clip = (optax.clip_by_global_norm(clip_norm),) if clip_norm else ()
  if name == 'sgd':
    return optax.chain(
      *clip, optax.add_decayed_weights(weight_decay, _kernels), optax.sgd(schedule, momentum or None, nesterov)
    )
  if name == 'adamw':
    return optax.chain(*clip, optax.adamw(schedule, momentum, weight_decay=weight_decay, mask=_kernels))
  raise InputError(f'optimizer.name: {name!r} is unknown; there are sgd, adamw')
