"""CROWN: linear bounds of a ReLU network, carried back from the logits to the image; and who is certified by them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

from jaxaug.certify.ibp import LAYOUT, PRODUCTS, SUMS, TINY, Bounds, Step, bind, gamma, linf_box, propagate, size, summands
from jaxaug.types import Array, InputError, check_name

AFFINE = (*LAYOUT, *SUMS, *PRODUCTS, 'neg', 'mul', 'div', 'select_n')
OFFSET = ('add', 'add_any', 'sub', 'concatenate', 'pad', 'select_n')  # where a constant operand is added, not multiplied
METHODS = ('ibp', 'crown')


def _is_affine(step: Step) -> bool:
  name, moving = step.equation.primitive.name, [isinstance(o, Bounds) for o in step.operands]
  return name in AFFINE and not (name in (*PRODUCTS, 'mul') and all(moving)) and not (name == 'div' and moving[1])


def _is_relu(step: Step) -> bool:
  moving = [o for o in step.operands if isinstance(o, Bounds)]
  return step.equation.primitive.name == 'max' and len(moving) == 1 and moving[0].low.shape == step.result.low.shape


def _roundings(step: Step) -> int:
  """Roundings in one entry of the network's own step, and in one of the coefficients that are carried back through it."""
  equation = step.equation
  name, shapes = equation.primitive.name, [variable.aval.size for variable in equation.invars]
  back = max(equation.outvars[0].aval.size // n for n, o in zip(shapes, step.operands) if isinstance(o, Bounds))
  if name == 'dot_general':
    back = shapes[0 if isinstance(step.operands[1], Bounds) else 1] // summands(equation)
  if name == 'conv_general_dilated':
    kernel = equation.invars[1].aval
    back = kernel.size // kernel.shape[equation.params['dimension_numbers'].rhs_spec[1]]
  if name == 'reduce_window_sum':
    back = summands(equation)
  return summands(equation) + back + 8


def _magnitude(step: Step) -> Array:
  """What the absolute values of an affine step's terms add up to, entry by entry: its rounding is a share of this."""
  name, sizes = step.equation.primitive.name, [size(o) for o in step.operands]
  if name == 'sub':
    return sizes[0] + sizes[1]
  if name == 'neg':
    return sizes[0]
  return bind(step.equation, *step.operands[:1], *sizes[1:]) if name == 'select_n' else bind(step.equation, *sizes)


def _relu_lines(step: Step) -> tuple[Array, Array, Array, Array, Array]:
  """(x, lower slope, upper slope, low, corner): max(x, corner) lies above slope (x - corner) + corner, below upper (x - low) + corner.

  The lower slope is 1 where more of the interval lies above the corner, else 0: the smaller triangle.
  """
  moving = 0 if isinstance(step.operands[0], Bounds) else 1
  low, high = step.operands[moving]
  corner = jnp.broadcast_to(step.operands[1 - moving], low.shape)
  crosses = (low < corner) & (high > corner)
  slope = jnp.where(crosses, (high - corner) / jnp.where(crosses, high - low, 1.0), 0.0) * (1 + gamma(8))  # rounded up
  active = (low >= corner).astype(low.dtype)
  upper = jnp.where(crosses, slope, active)
  lower = jnp.where(crosses, (high - corner >= corner - low).astype(low.dtype), active)
  return step.operands[moving], lower, upper, jnp.where(crosses, low, corner), corner


def _backward(target: Bounds, steps: list[Step], source: Bounds, relax: bool) -> Callable[[Array], Array]:
  """row [1, K] -> a lower bound of the sum of row * logits over the box `source`, for one image.

  sum(row * logits) >= total + the sum of coefficient * value over some values of the network always holds. It starts with the
  logits as the only value. The latest value is then replaced by what it is computed from, until the image is reached: an affine
  step by its transpose, a ReLU by the line that is right for the coefficient's sign, anything else by its own bounds. Without
  `relax` ReLUs are replaced by their own bounds, too: that is IBP with the last affine layers merged.
  """
  passes = 6 * len(steps) + 16  # additions to `total`, whose own rounding has to be paid

  def least(*factors):
    """Sum of products, rounded down."""
    values = factors[0]
    for factor in factors[1:]:
      values = values * factor
    return (values - gamma(values.size + passes) * jnp.abs(values)).sum()

  def lowest(coefficient, bounds):
    positive, negative = jnp.maximum(coefficient, 0), jnp.minimum(coefficient, 0)
    return least(positive, bounds.low) + least(negative, bounds.high)

  def bound(row):
    coefficients, total = {id(target): row}, -TINY

    def carry(value, part):
      """Adds to a value's coefficient; returns what that rounding costs."""
      if id(value) not in coefficients:
        coefficients[id(value)] = part
        return 0.0
      coefficients[id(value)] += part
      return least(-gamma(2) * jnp.abs(coefficients[id(value)]), size(value))

    for step in reversed(steps):
      coefficient = coefficients.pop(id(step.result), None)
      if coefficient is None:
        continue
      weight = jnp.abs(coefficient)
      if _is_affine(step):
        places = [i for i, o in enumerate(step.operands) if isinstance(o, Bounds)]

        def apply(*moved):
          return bind(step.equation, *(moved[places.index(i)] if i in places else o for i, o in enumerate(step.operands)))

        constant, transpose = jax.vjp(apply, *(jnp.zeros_like(step.operands[i].low) for i in places))
        if step.equation.primitive.name in OFFSET and len(places) < len(step.operands):
          total += least(coefficient, constant)
        if step.equation.primitive.name not in LAYOUT or step.equation.primitive.name == 'broadcast_in_dim':
          total += least(-gamma(_roundings(step)) * weight, _magnitude(step))
        for i, part in zip(places, transpose(coefficient)):
          total += carry(step.operands[i], part)
      elif relax and _is_relu(step):
        value, lower, upper, low, corner = _relu_lines(step)
        positive, negative = jnp.maximum(coefficient, 0), jnp.minimum(coefficient, 0)
        total += least(positive, (1 - lower) * corner) + least(negative, corner) + least(-negative, upper, low)
        total += least(-gamma(8) * weight, upper * size(value) + jnp.abs(corner))
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
    bounds = [_backward(*propagate(logits_fn, source, merge=not way), source, way) for way in {False, relax}]
    return jax.vmap(lambda row: jnp.stack([bound(row[None]) for bound in bounds]).max(0))(rows)

  return jax.vmap(one)(low, high, specification)


def crown(logits_fn: Callable[[Array], Array], low: Array, high: Array, specification: Array | None = None) -> Bounds:
  """Bounds of linear functions of the logits over all images with low <= image <= high: CROWN-IBP, or IBP where that is better.

  The bounds of the ReLUs' inputs are those of `ibp`; linear bounds are carried back from the specification to the image. What is
  neither affine nor a ReLU (tanh, max pooling) ends the way back with its own bounds. Sound in float32 as `ibp` is: each step
  pays for the roundings of the network and for those of its coefficients. Pure, may be jitted (do), vmapped, differentiated.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K], row by row, as for `ibp`.
    low: [B, H, W, C] float32.
    high: [B, H, W, C] float32, nowhere below `low`.
    specification: [B, S, K] float32, or None for the logits themselves.

  Returns:
    Bounds, [B, S] each, of specification @ logits; S = K without one.

  Raises:
    InputError: shapes that do not fit, not float32, an operation without a rule.

  Source: Zhang et al., Efficient Neural Network Robustness Certification with General Activation Functions, 2018, theorem 3.2 and
  table 2 (adaptive lower slope); Zhang et al., Towards Stable and Efficient Training of Verifiably Robust Neural Networks, 2020,
  section 3.2.
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

  The differences are bounded, not the logits: their matrix is carried back through the last affine layers before an interval is
  used ('ibp'), or to the image ('crown'), so what the logits share cancels. 'crown' is never looser, and costs about as much as
  K gradients more.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K], row by row, as for `ibp`.
    image: [B, H, W, C] float32.
    label: int [B], 0 to K - 1.
    epsilon: radius >= 0 in pixel units; an array [] may be traced.
    bounds: lowest and highest valid pixel value.
    method: 'ibp' or 'crown'.

  Returns:
    float32 [B, K - 1], for k = label + 1, label + 2, ... modulo K; -inf where the label is no class.

  Raises:
    InputError: another method, epsilon, bounds, label or image out of place, an operation without a rule.

  Source: Gowal et al., On the Effectiveness of Interval Bound Propagation, 2018, section 3 (elision of the last layer).
  """
  check_name(method, METHODS, 'method')
  low, high = linf_box(jnp.asarray(image), epsilon, bounds)
  classes, label = jax.eval_shape(logits_fn, low).shape[1], jnp.asarray(label)
  if label.shape != low.shape[:1] or not jnp.issubdtype(label.dtype, jnp.integer):
    raise InputError(f'label: {label.dtype} {list(label.shape)}, must be int [{len(low)}]')
  other = (label[:, None] + 1 + jnp.arange(classes - 1)[None]) % classes
  specification = jax.nn.one_hot(label, classes)[:, None] - jax.nn.one_hot(other, classes)
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
