"""The attack of Carlini and Wagner: the smallest L2 change, by Adam, with a search for how much being wrong is worth."""

import jax
import jax.numpy as jnp
import optax

from jaxaug.attacks.losses import margin
from jaxaug.attacks.machine import choose, per_row
from jaxaug.attacks.pgd import check_classes, check_floats
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Augment, Batch, InputError, Key, Model

ALMOST = 1 - 1e-6  # keeps arctanh finite


def carlini_wagner(
  threat_model: ThreatModel,
  *,
  steps: int = 1000,
  searches: int = 9,
  learning_rate: float = 0.01,
  first_weight: float = 0.001,
  confidence: float = 0.0,
) -> Augment:
  """min |x - origin|_2^2 + c max(z_y - max_{k != y} z_k + confidence, 0) over w, x = (tanh w + 1) / 2 scaled to the box.

  Args:
    threat_model: ball and box, 'l2'. The smallest change that is found is taken if it lies in the ball.
    steps: of Adam a search, at least 1.
    searches: of the weight c, halving the interval once both ends are known and ten times as much before; at least 1.
    learning_rate: of Adam, above 0.
    first_weight: c of the first search, above 0.
    confidence: how far ahead the wrong class must be, in logits, at least 0.

  Returns:
    Augment that replaces `image` [B, H, W, C] float where the change found is inside the ball; other images stay.

  Raises:
    InputError: another norm, a number out of range.

  Source: Carlini and Wagner, Towards Evaluating the Robustness of Neural Networks, 2017, section VI.A, f_6.
  """
  if threat_model.norm != 'l2' or min(steps, searches) < 1 or min(learning_rate, first_weight) <= 0 or confidence < 0:
    raise InputError(
      f"carlini_wagner: norm {threat_model.norm} must be 'l2', steps {steps} and searches {searches} at least 1, learning_rate "
      f'{learning_rate} and first_weight {first_weight} above 0, confidence {confidence} at least 0'
    )
  low, high = threat_model.bounds
  optimizer = optax.adam(learning_rate)
  to_pixels = lambda w: low + (high - low) * (jnp.tanh(w) + 1) / 2

  def attack(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'carlini_wagner', threat_model.bounds)
    fixed = jax.lax.stop_gradient(jax.tree.map(jnp.asarray, dict(batch)))
    origin, count = fixed['image'], len(fixed['image'])
    check_classes(jax.eval_shape(model.logits, fixed).shape[-1], batch, 'carlini_wagner')
    first = jnp.arctanh(((origin - low) / (high - low) * 2 - 1) * ALMOST)

    def cost(w, weight):
      image = to_pixels(w)
      ahead = margin(model.logits({**fixed, 'image': image}), fixed['label'])
      squares = ((image - origin) ** 2).sum(tuple(range(1, image.ndim)))
      return (squares + weight * jnp.maximum(confidence - ahead, 0)).sum(), (image, squares, ahead)

    def search(_, carry):
      weight, least, most, best, best_square = carry

      def step(_, inner):
        w, state, best, best_square, hit = inner
        gradient, (image, squares, ahead) = jax.grad(cost, has_aux=True)(w, weight)
        crossed = (ahead > 0) & (ahead >= confidence)
        nearer = crossed & (squares < best_square)
        best, best_square = choose(nearer, (image, squares), (best, best_square))
        moves, state = optimizer.update(gradient, state)
        return w + moves, state, best, best_square, hit | crossed

      no = jnp.zeros(count, bool)
      inner = (first, optimizer.init(first), best, best_square, no)
      _, _, best, best_square, hit = jax.lax.fori_loop(0, steps, step, inner)
      least, most = jnp.where(hit, least, weight), jnp.where(hit, weight, most)
      weight = jnp.where(jnp.isfinite(most), (least + most) / 2, 10 * weight)
      return weight, least, most, best, best_square

    infinite = jnp.full(count, jnp.inf)
    carry = (jnp.full(count, first_weight), jnp.zeros(count), infinite, origin, infinite)
    *_, best, best_square = jax.lax.fori_loop(0, searches, search, carry)
    inside = jnp.isfinite(best_square) & (jax.vmap(threat_model.distance)(best, origin) <= threat_model.epsilon)
    image = jnp.where(per_row(inside, best), jax.vmap(threat_model.project)(best, origin), origin)
    return {**batch, 'image': jax.lax.stop_gradient(image)}

  return attack
