"""Training for a certificate: IBP and CROWN-IBP."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax

from jaxaug.certify import certified_margin
from jaxaug.train.objectives.adversary import right
from jaxaug.train.objectives.apply import apply_train, smoothed
from jaxaug.types import Array, Aux, Batch, InputError, Key, Objective, PyTree, check_name


def worst_cross_entropy(margin: Array) -> Array:
  """log(1 + sum_{k != y} exp(-m_k)): cross-entropy at the worst logits that the margins allow, all at once

  Args:
    margin: [B, K - 1] lower bounds of z_y - z_k.

  Returns:
    [B], at least 0.

  Source: Gowal et al., On the Effectiveness of Interval Bound Propagation, 2018, section 3.
  """
  zero = jnp.zeros((len(margin), 1), margin.dtype)
  return jax.nn.logsumexp(jnp.concatenate([zero, -margin], -1), -1)


def certified(
  network: nn.Module, *, epsilon: float = 0.1, method: str = 'ibp', clean: float = 0.5, label_smoothing: float = 0.0
) -> Objective:
  """mean_i k CE(f(x_i), y_i) + (1 - k) log(1 + sum_{j != y} exp(-m_ij)), m the certified margins in the Linf ball

  With `augment.curriculum` the radius is s epsilon and k = 1 - (1 - clean) s, s its strength; method 'crown' takes the margins
  (1 - s) m_crown + s m_ibp: tight at first, IBP's own in the end (CROWN-IBP).

  Args:
    network: Flax module of operations that `jaxaug.certify.ibp` knows, seen in eval mode by the certificate.
    epsilon: radius, pixel units.
    method: 'ibp' or 'crown'.
    clean: k at full strength, in [0, 1].
    label_smoothing: in [0, 1), of the first term.

  Returns:
    Objective of images in [0, 1]; `certified_accuracy` is by IBP alone.

  Raises:
    InputError: a value out of range, unknown method.

  Source: Gowal et al., On the Effectiveness of Interval Bound Propagation, 2018, section 3; Zhang et al., Towards Stable and Efficient
  Training of Verifiably Robust Neural Networks, 2020, section 3.
  """
  check_name(method, ('ibp', 'crown'), 'objective.method')
  if not 0 <= clean <= 1 or epsilon < 0:
    raise InputError(f'objective: clean {clean} must be in [0, 1] and epsilon {epsilon} at least 0')

  def objective(params: PyTree, batch_stats: PyTree, key: Key, batch: Batch) -> tuple[Array, Aux]:
    image, label = batch['image'], batch['label']
    strength = batch.get('strength', jnp.ones(len(image)))
    radius = epsilon * strength.reshape(-1, *[1] * (image.ndim - 1))
    held = {'params': params, 'batch_stats': batch_stats} if batch_stats else {'params': params}
    inside = jnp.clip(image, 0.0, 1.0)  # augmentations may round a pixel out of the box
    margins = lambda by: certified_margin(lambda x: network.apply(held, x), inside, label.argmax(-1), radius, method=by)
    by_ibp = margin = margins('ibp')
    if method == 'crown':
      margin = (1 - strength[:, None]) * margins('crown') + strength[:, None] * by_ibp
    logits, batch_stats = apply_train(network, params, batch_stats, key, image)
    natural = optax.softmax_cross_entropy(logits, smoothed(label, label_smoothing))
    share = 1 - (1 - clean) * strength
    loss = share * natural + (1 - share) * worst_cross_entropy(margin)
    rows = {'accuracy': right(logits, label), 'certified_accuracy': (by_ibp > 0).all(-1)}
    return loss.mean(), Aux(batch_stats, loss, {name: row.mean() for name, row in rows.items()}, rows)

  return objective
