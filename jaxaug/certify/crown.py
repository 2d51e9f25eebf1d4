"""CROWN: linear bounds of a ReLU network, carried back from the logits to the image; and who is certified by them."""

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.certify.ibp import LAYOUT, PRODUCTS, SUMS, TINY, Bounds, Step, bind, gamma, linf_box, propagate, size
from jaxaug.certify.transpose import transposed
from jaxaug.types import Array, InputError, PyTree, check_name, stored

AFFINE = (*LAYOUT, *SUMS, *PRODUCTS, 'neg', 'mul', 'div', 'select_n')
OFFSET = ('add', 'add_any', 'sub', 'concatenate', 'pad', 'select_n')  # where a constant operand is added, not multiplied


def _is_affine(step: Step) -> bool:
  name, moving = step.equation.primitive.name, [isinstance(o, Bounds) for o in step.operands]
  return name in AFFINE and not (name in (*PRODUCTS, 'mul') and all(moving)) and not (name == 'div' and moving[1])


def _is_relu(step: Step) -> bool:
  moving = [o for o in step.operands if isinstance(o, Bounds)]
  return step.equation.primitive.name == 'max' and len(moving) == 1 and moving[0].low.shape == step.result.low.shape


def _magnitude(step: Step) -> Array:
  """What the absolute values of an affine step's terms add up to, entry by entry: its rounding is a share of this."""
  name, sizes = step.equation.primitive.name, [size(o) for o in step.operands]
  if name == 'sub':
    return sizes[0] + sizes[1]
  if name == 'neg':
    return sizes[0]
  return bind(step.equation, *step.operands[:1], *sizes[1:]) if name == 'select_n' else bind(step.equation, *sizes)


@jax.custom_vjp
def _kept(tree: PyTree) -> PyTree:
  """The same, put into memory: XLA would compute it anew for every row of the specification."""
  return stored(tree)


_kept.defvjp(lambda tree: (_kept(tree), None), lambda _, cotangent: (_kept(cotangent),))


def _relu_lines(step: Step) -> tuple[Bounds, Array, Array, Array, Any]:
  """(x, lower, upper, start, corner): lower (x - corner) + corner <= max(x, corner) <= upper (x - start) + corner.

  The lower slope is 1 where more of the interval lies above the corner, else 0: the smaller triangle.
  """
  moving = 0 if isinstance(step.operands[0], Bounds) else 1
  low, high = step.operands[moving]
  corner = step.operands[1 - moving]
  crosses = (low < corner) & (high > corner)
  wide = crosses & (high - low > 1e-6)  # of a narrower one the slope 1 is as good, and has a gradient
  slope = jnp.where(wide, (high - corner) / jnp.where(wide, high - low, 1.0), 1.0) * (1 + gamma(8))  # rounded up
  active = (low >= corner).astype(low.dtype)
  upper = jnp.where(crosses, slope, active)
  lower = jnp.where(crosses, (high - corner >= corner - low).astype(low.dtype), active)
  upper, start = _kept((upper, jnp.where(crosses, low, corner)))
  return step.operands[moving], stored(lower), upper, start, corner


def _is_zero(constant: Any) -> bool:
  return not isinstance(constant, jax.core.Tracer) and not np.any(constant)


def _backward(target: Bounds, steps: list[Step], source: Bounds, relax: bool) -> Callable[[Array], Array]:
  """row [1, K] -> a lower bound of the sum of row * logits over the box `source`, for one image.

  sum(row * logits) >= total + the sum of coefficient * value over some values of the network holds all the time. The logits
  are the first value. Then the latest value is replaced by what it is computed from, until the image is reached: an affine
  step by its transpose, a ReLU by the line that is right for the coefficient's sign, anything else by its own bounds.
  Without `relax` ReLUs are replaced by their own bounds, too: that is IBP with the last affine layers merged.
  """
  passes = 6 * len(steps) + 16  # additions to `total`, whose own rounding has to be paid
  product = functools.partial(jnp.dot, precision='highest')  # sums by products: what they weigh is the same for every row

  def share(count):
    """Of the sum of absolute values, as it was computed, that a sum of so many products may be off."""
    off = gamma(count + passes)
    return off / (1 - off) if off < 1 else math.inf

  def least(coefficient, weight):
    """sum(coefficient * weight), rounded down."""
    part, weight = coefficient.ravel(), weight.ravel()
    return product(part, weight) - share(part.size) * jax.lax.stop_gradient(product(jnp.abs(part), jnp.abs(weight)))

  def paid(coefficient, weight):
    """sum(|coefficient| * weight), rounded up, weight >= 0: what roundings cost. It has no gradient."""
    part = jnp.abs(coefficient).ravel()
    return (1 + share(part.size)) * jax.lax.stop_gradient(product(part, weight.ravel()))

  def parts(coefficient):
    return jnp.where(coefficient > 0, coefficient, 0), jnp.where(coefficient > 0, 0, coefficient)

  def lowest(coefficient, bounds):
    positive, negative = parts(coefficient)
    return least(positive, bounds.low) + least(negative, bounds.high)

  def bound(row):
    coefficients, total = {id(target): row}, -TINY

    def carry(value, part):
      """Adds to a value's coefficient; returns what that rounding costs."""
      if id(value) not in coefficients:
        coefficients[id(value)] = part
        return 0.0
      coefficients[id(value)] += part
      return -paid(coefficients[id(value)], gamma(2) * size(value))

    for step in reversed(steps):
      coefficient = coefficients.pop(id(step.result), None)
      if coefficient is None:
        continue
      if _is_affine(step):
        constant, transpose, roundings = transposed(step)
        if step.equation.primitive.name in OFFSET and not all(isinstance(o, Bounds) for o in step.operands):
          total += least(coefficient, constant)
        if step.equation.primitive.name not in LAYOUT or step.equation.primitive.name == 'broadcast_in_dim':
          total -= paid(coefficient, gamma(roundings) * _magnitude(step))
        for value, part in zip((o for o in step.operands if isinstance(o, Bounds)), transpose(coefficient)):
          total += carry(value, part)
      elif relax and _is_relu(step):
        value, lower, upper, start, corner = _relu_lines(step)
        positive, negative = parts(coefficient)
        total += least(negative, corner - upper * start)
        if not _is_zero(corner):
          total += least(positive, (1 - lower) * corner)
        total -= paid(coefficient, gamma(8) * (upper * size(value) + jnp.abs(corner)))
        total += carry(value, positive * lower + negative * upper)
      else:
        total += lowest(coefficient, step.result)
    for bounds in (source, target):  # the target is left where no step made it: logits that are pixels, or constant
      if id(bounds) in coefficients:
        total += lowest(coefficients.pop(id(bounds)), bounds)
    return total

  return bound


def _lower(logits_fn, low, high, specification, relax) -> Array:
  """Lower bounds [B, S] of specification [B, S, K] times the logits. Image by image: an entry then belongs to one image."""

  def one(low, high, rows):
    source = Bounds(low[None], high[None])
    target, steps = propagate(logits_fn, source)
    bounds = [_backward(target, steps, source, way) for way in {False, relax}]
    best = lambda row: functools.reduce(jnp.fmax, _kept([bound(row[None]) for bound in bounds]))  # a NaN is no bound
    return jax.vmap(best)(rows)

  return jax.vmap(one)(low, high, specification)


def crown(logits_fn: Callable[[Array], Array], low: Array, high: Array, specification: Array | None = None) -> Bounds:
  """Bounds of linear functions of the logits over all images with low <= image <= high: CROWN-IBP, or IBP if better.

  The ReLUs' inputs have the bounds of `ibp`; linear bounds are carried back from the specification to the image. What is
  neither affine nor a ReLU (tanh, max pooling) ends the way back with its own bounds. Sound in float32 as `ibp` is: a step
  pays for the roundings of the network and of its coefficients. Pure: jit (it is slow without), vmap, differentiate it in reverse mode.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K], row by row, as for `ibp`.
    low: [B, H, W, C] float32.
    high: [B, H, W, C] float32, nowhere below `low`.
    specification: [B, S, K] float32, or None for the logits themselves.

  Returns:
    Bounds, [B, S] each, of specification @ logits; S = K without one.

  Raises:
    InputError: shapes that do not fit, not float32, an operation without a rule.

  Source: Zhang et al., Efficient Neural Network Robustness Certification with General Activation Functions, 2018, theorem
  3.2 (CROWN-Ada); Zhang et al., Towards Stable and Efficient Training of Verifiably Robust Neural Networks, 2020.
  """
  low, high = jnp.asarray(low), jnp.asarray(high)
  if low.shape != high.shape or (low.dtype, high.dtype) != (jnp.float32, jnp.float32):
    raise InputError(
      f'crown: low is {low.dtype} {list(low.shape)}, high {high.dtype} {list(high.shape)}; must be float32 of one shape'
    )
  rows, classes = jax.eval_shape(logits_fn, low).shape
  if specification is None:
    specification = jnp.broadcast_to(jnp.eye(classes), (rows, classes, classes))
  if specification.ndim != 3 or (specification.shape[0], specification.shape[2]) != (rows, classes):
    raise InputError(f'crown.specification: {list(specification.shape)}, must be [{rows}, S, {classes}]')
  bounds = _lower(logits_fn, low, high, jnp.concatenate([specification, -specification], 1), True)
  lower, upper = jnp.split(bounds, 2, 1)
  return Bounds(lower, -upper)


def certified_margin(
  logits_fn: Callable[[Array], Array],
  image: Array,
  label: Array,
  epsilon: Array | float,
  bounds: tuple[float, float] = (0.0, 1.0),
  method: str = 'ibp',
) -> Array:
  """Lower bounds of z_label - z_k over the Linf ball cut with the box, for every other class k.

  The differences are bounded, not the logits: their matrix is carried back through the last affine layers before an interval
  is used ('ibp'), or to the image ('crown'), so what the logits share cancels. 'crown' is never looser; it costs about K
  gradients more.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K], row by row, as for `ibp`.
    image: [B, H, W, C] float32.
    label: int [B], 0 to K - 1.
    epsilon: radius >= 0 in pixel units, [] or [B, 1, 1, 1]; may be traced.
    bounds: lowest and highest valid pixel value.
    method: 'ibp' or 'crown'.

  Returns:
    float32 [B, K - 1], for k = label + 1, label + 2, ... modulo K; -inf where the label is no class.

  Raises:
    InputError: another method, epsilon, bounds, label or image out of place, one class, an operation without a rule.

  Source: Gowal et al., On the Effectiveness of Interval Bound Propagation, 2018, section 3 (elision of the last layer).
  """
  check_name(method, ('ibp', 'crown'), 'method')
  low, high = linf_box(jnp.asarray(image), epsilon, bounds)
  classes, label = jax.eval_shape(logits_fn, low).shape[1], jnp.asarray(label)
  if label.shape != low.shape[:1] or not jnp.issubdtype(label.dtype, jnp.integer):
    raise InputError(f'label: {label.dtype} {list(label.shape)}, must be int [{len(low)}]')
  if classes < 2:
    raise InputError('logits_fn: gives 1 class, a margin needs 2')
  other = (label[:, None] + 1 + jnp.arange(classes - 1)[None]) % classes
  one_hot = lambda which: jax.nn.one_hot(which, classes, dtype=low.dtype)
  specification = one_hot(label)[:, None] - one_hot(other)
  margins = _lower(logits_fn, low, high, specification, method == 'crown')
  return jnp.where(((label >= 0) & (label < classes))[:, None], margins, -jnp.inf)


def verified(
  logits_fn: Callable[[Array], Array],
  image: Array,
  label: Array,
  epsilon: Array | float,
  bounds: tuple[float, float] = (0.0, 1.0),
  method: str = 'ibp',
) -> Array:
  """Whether the label is certain to win everywhere in the Linf ball cut with the box: every certified margin is above 0.

  Args:
    logits_fn, image, label, epsilon, bounds, method: as for `certified_margin`.

  Returns:
    bool [B]; False says nothing.

  Raises:
    InputError: as `certified_margin`.
  """
  return (certified_margin(logits_fn, image, label, epsilon, bounds, method) > 0).all(-1)
