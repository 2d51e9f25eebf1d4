"""Adversaries in the code of an autoencoder: they decode to images of the data's kind, and a gate keeps their label true."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug.attacks import check_floats, threat_model
from jaxaug.attacks.machine import choose
from jaxaug.augment.worst_of import numbers
from jaxaug.models import StoredAutoencoder, read_autoencoder
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model

Code = Callable[[Array], Array]
Gate = Callable[[Array, Array], Array]
"""(image [B, H, W, C], label [B, K]) -> [B] bool: whether the image is still of its label."""


def gate_of(logits_fn: Callable[[Array], Array], confidence: float = 0.0) -> Gate:
  """A classifier as a gate: the label's class is its first choice, with a probability of at least `confidence`.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K]; not the network that is attacked.
    confidence: in [0, 1].

  Returns:
    Gate; the label's class is the likeliest of its probabilities.

  Raises:
    InputError: confidence outside [0, 1].
  """
  if not 0 <= confidence <= 1:
    raise InputError(f'gate_of.confidence: {confidence} must be in [0, 1]')

  def gate(image: Array, label: Array) -> Array:
    share = jax.nn.softmax(logits_fn(image))
    own = label.argmax(-1)
    sure = jnp.take_along_axis(share, own[:, None], 1)[:, 0] >= confidence
    return (share.argmax(-1) == own) & sure

  return gate


def _decoded(decode: Code, code: Array, image: Array, where: str) -> Array:
  made = decode(code)
  if made.shape != image.shape:
    raise InputError(f'{where}: decode makes images of {made.shape[1:]}, these are {image.shape[1:]}')
  return made.astype(image.dtype)


def latent_ball(
  encode: Code, decode: Code, *, epsilon: Array | float, steps: int, step_size: Array | float, gate: Gate | None = None
) -> Augment:
  """max loss(decode(z)) over |z - encode(x)|_2 <= epsilon with gate(decode(z), label).

  Goes up the loss's gradient from the image's own code; a row that would leave the gate goes back and halves its step.

  Args:
    encode, decode: image [B, H, W, C] -> code [B, ...] and back, pure, row by row, differentiable.
    epsilon: radius, in the code's units; may be traced.
    steps: gradients taken, at least 0; 0 is the image decoded from its code.
    step_size: length of the first steps, in the code's units.
    gate: what may be chosen; None lets everything pass.

  Returns:
    Augment that replaces `image` [B, H, W, C] float by the best of `steps + 1` decoded samples; a row of which none passes keeps
    its image bit for bit. No gradient flows through it. A NaN loss counts as the highest.

  Raises:
    InputError: steps below 0; images that are not float, or of another shape than what is decoded.

  Source: Song et al., Constructing Unrestricted Adversarial Examples with Generative Models, 2018: a search in the latent space under
  an auxiliary classifier; Stutz, Hein and Schiele, Disentangling Adversarial Robustness and Generalization, 2019: on-manifold
  adversarial examples in a ball of the code.
  """
  if steps < 0:
    raise InputError(f'latent_ball.steps: {steps} must be at least 0')
  ball = threat_model('l2', epsilon, (-jnp.inf, jnp.inf))

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'latent_ball')
    held = jax.lax.stop_gradient(dict(batch))
    image, label = held['image'], held['label']
    origin = jax.lax.stop_gradient(encode(image))
    step, project = jax.vmap(ball.step), jax.vmap(ball.project)

    def look(code):
      """(decoded, loss, its gradient, whether the gate lets it pass), row by row."""

      def loss(code):
        made = _decoded(decode, code, image, 'latent_ball')
        return numbers(model.loss({**held, 'image': made})), made

      losses, pull, made = jax.vjp(loss, code, has_aux=True)
      slope = pull(jnp.ones_like(losses))[0]
      passed = jnp.ones(len(code), bool) if gate is None else gate(made, label)
      return made, losses, jnp.where(jnp.isfinite(slope), slope, 0.0), passed

    def advance(_, carry):
      code, slope, inside, length, best, best_loss = carry
      moved = project(step(code, slope, length), origin)
      made, losses, new_slope, passed = look(moved)
      better = passed & (losses > best_loss)
      goes = passed | ~inside  # from outside the gate every way is open
      return (
        choose(goes, moved, code),
        choose(goes, new_slope, slope),
        jnp.where(goes, passed, inside),
        jnp.where(goes, length, length / 2),
        choose(better, made, best),
        jnp.where(better, losses, best_loss),
      )

    made, losses, slope, inside = look(origin)
    length = jnp.broadcast_to(jnp.asarray(step_size, origin.dtype), len(origin))
    best_loss = jnp.where(inside, losses, -jnp.inf)
    carry = (origin, slope, inside, length, choose(inside, made, image), best_loss)
    best = jax.lax.fori_loop(0, steps, advance, carry)[4]
    return {**batch, 'image': jax.lax.stop_gradient(best)}

  return augmented


def latent_line(encode: Code, decode: Code, *, points: int = 8, reach: float = 0.5, gate: Gate | None = None) -> Augment:
  """max loss(decode((1 - t) encode(x_i) + t encode(x_j))) over shares t up to where the gate no longer says label_i.

  Args:
    encode, decode: image [B, H, W, C] -> code [B, ...] and back, pure, row by row.
    points: shares looked at, evenly from 0 to `reach`, at least 1; one after the other, without gradients.
    reach: the largest share of the partner, in [0, 1].
    gate: the first share that it refuses ends the row's line; None lets everything pass.

  Returns:
    Augment that replaces `image` [B, H, W, C] float; the label stays that of the image itself. The partner j is drawn for the batch, a
    permutation. A row whose own decoded image is refused keeps its image bit for bit. No gradient flows through it. A NaN loss
    counts as the highest.

  Raises:
    InputError: points below 1, reach outside [0, 1]; images that are not float, or of another shape than what is decoded.

  Source: Berthelot et al., Understanding and Improving Interpolation in Autoencoders via an Adversarial Regularizer, 2019, for the line;
  the search under a gate is ours.
  """
  if points < 1 or not 0 <= reach <= 1:
    raise InputError(f'latent_line: points {points} must be at least 1, reach {reach} in [0, 1]')

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    check_floats(batch, 'latent_line')
    held = jax.lax.stop_gradient(dict(batch))
    image, label = held['image'], held['label']
    start = jax.lax.stop_gradient(encode(image))
    way = start[jax.random.permutation(key, len(start))] - start

    def look(carry, share):
      best, best_loss, alive = carry
      made = _decoded(decode, start + share * way, image, 'latent_line')
      alive = alive if gate is None else alive & gate(made, label)
      losses = numbers(model.loss({**held, 'image': made}))
      better = alive & (losses > best_loss)
      return (choose(better, made, best), jnp.where(better, losses, best_loss), alive), None

    count = len(start)
    carry = (image, jnp.full(count, -jnp.inf), jnp.ones(count, bool))
    (best, _, _), _ = jax.lax.scan(look, carry, jnp.linspace(0, reach, points, dtype=start.dtype))
    return {**batch, 'image': jax.lax.stop_gradient(best)}

  return augmented


def _stored(path: str, where: str) -> StoredAutoencoder:
  if not path:
    raise InputError(f'augment.{where}.autoencoder: names no file; jaxaug.train.fit_autoencoder writes one')
  return read_autoencoder(path)


def stored_latent_ball(
  autoencoder: str = '', epsilon: float = 1.0, steps: int = 5, step_size: float = 0.4, confidence: float = 0.9
) -> Augment:
  """`latent_ball` from plain values, gated by the auxiliary classifier that the file holds beside the autoencoder.

  Args:
    autoencoder: path of an npz of `jaxaug.train.fit_autoencoder`, read when the augmentation is first run.
    epsilon, steps, step_size: of `latent_ball`; a code's unit is one standard deviation of the training images' codes.
    confidence: of `gate_of`.

  Returns:
    Augment.

  Raises:
    InputError: steps or epsilon below 0, confidence outside [0, 1]; when it is run, no such file.
  """
  if not 0 <= confidence <= 1:
    raise InputError(f'augment.latent_ball.confidence: {confidence} must be in [0, 1]')
  if epsilon < 0 or steps < 0 or step_size < 0:
    raise InputError(f'augment.latent_ball: epsilon {epsilon}, steps {steps}, step_size {step_size} must be at least 0')

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    held = _stored(autoencoder, 'latent_ball')
    ours = dict(epsilon=epsilon, steps=steps, step_size=step_size, gate=gate_of(held.logits, confidence))
    return latent_ball(held.encode, held.decode, **ours)(key, batch, model)

  return augmented


def stored_latent_line(autoencoder: str = '', points: int = 8, reach: float = 0.5, confidence: float = 0.9) -> Augment:
  """`latent_line` from plain values, gated by the auxiliary classifier that the file holds beside the autoencoder.

  Args:
    autoencoder: path of an npz of `jaxaug.train.fit_autoencoder`, read when the augmentation is first run.
    points, reach: of `latent_line`.
    confidence: of `gate_of`.

  Returns:
    Augment.

  Raises:
    InputError: points below 1, reach or confidence outside [0, 1]; when it is run, no such file.
  """
  if not (0 <= confidence <= 1 and 0 <= reach <= 1) or points < 1:
    raise InputError(
      f'augment.latent_line: confidence {confidence} and reach {reach} must be in [0, 1], points {points} at least 1'
    )

  def augmented(key: Key, batch: Batch, model: Model) -> Batch:
    held = _stored(autoencoder, 'latent_line')
    gate = gate_of(held.logits, confidence)
    return latent_line(held.encode, held.decode, points=points, reach=reach, gate=gate)(key, batch, model)

  return augmented
