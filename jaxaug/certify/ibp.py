"""Interval bound propagation: the logits that a network can give when each pixel moves inside its own interval."""

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

from jaxaug.types import Array, InputError, check_name

UNIT = 2.0**-24  # one float32 rounding changes a value by at most this share of it
TINY = 2.0**-100  # above all that is lost where a device flushes tiny numbers to zero, far below any pixel or logit

CALLS = tuple('jit pjit closed_call core_call remat2 checkpoint custom_jvp_call custom_vjp_call custom_vmap_call'.split())
PRODUCTS = ('dot_general', 'conv_general_dilated', 'custom_vjp_call')  # the last where it is linear
SUMS = ('add', 'add_any', 'sub', 'reduce_sum', 'reduce_window_sum')
LAYOUT = tuple(
  'reshape transpose broadcast_in_dim squeeze slice rev copy convert_element_type concatenate stack pad'.split()
)
STEPS = tuple('max min clamp reduce_max reduce_min reduce_window_max floor ceil round sign stop_gradient'.split())
MONOTONE = tuple('mul div neg exp exp2 expm1 log log1p sqrt rsqrt cbrt tanh logistic erf atan'.split())
BOUNDED = ('tanh', 'logistic', 'erf')  # their error is small beside 1, not always beside the value
EXACT = ('mul', 'div', 'neg')  # one rounding; the other monotone functions are approximated


class Bounds(NamedTuple):
  """Every float32 value that the network can have here is at least `low` and at most `high`, entry by entry."""

  low: Array
  high: Array


class Step(NamedTuple):
  """One equation of the network whose value depends on the image."""

  equation: core.JaxprEqn
  operands: list[Any]  # Bounds, or an array that does not depend on the image
  result: Bounds


def gamma(count: float) -> float:
  """`count` float32 roundings change a sum by at most this share of the sum of absolute values (Higham, lemma 3.1)."""
  return count * UNIT / (1 - count * UNIT) if count * UNIT < 1 else math.inf


def size(operand: Any) -> Array:
  """Largest absolute value, entry by entry, of Bounds or of an array."""
  return jnp.maximum(jnp.abs(operand.low), jnp.abs(operand.high)) if isinstance(operand, Bounds) else jnp.abs(operand)


def terms(equation: core.JaxprEqn) -> int:
  """How many products or terms one entry of an equation's result adds up."""
  name, params, shape = equation.primitive.name, equation.params, equation.invars[0].aval.shape
  if name == 'dot_general':
    return math.prod(shape[axis] for axis in params['dimension_numbers'][0][0])
  if name == 'conv_general_dilated':
    kernel = equation.invars[1].aval
    return kernel.size // kernel.shape[params['dimension_numbers'].rhs_spec[0]]
  if name == 'reduce_sum':
    return math.prod(shape[axis] for axis in params['axes'])
  if name == 'custom_vjp_call':
    return degree(params['call_jaxpr'].jaxpr, [(0, 0)] * len(equation.invars))[1]
  return math.prod(params['window_dimensions']) if name == 'reduce_window_sum' else 1


def bind(equation: core.JaxprEqn, *operands: Array) -> Array:
  """The equation at other operands of the same shapes."""
  result = equation.primitive.bind(*operands, **equation.primitive.get_bind_params(equation.params))
  return result[0] if equation.primitive.multiple_results else result


def _widen(bounds: Any, share: float, least: float = TINY) -> Bounds:
  """Both ends moved out by a share of their size; an array becomes the interval around it. Margins have no gradient."""
  margin = jax.lax.stop_gradient(share * size(bounds) + least)
  low, high = bounds if isinstance(bounds, Bounds) else (bounds, bounds)
  return Bounds(low - margin, high + margin)


def _ends(equation, operands):
  """Increasing in every operand."""
  return Bounds(*(bind(equation, *(getattr(o, end, o) for o in operands)) for end in ('low', 'high')))


def _sum(equation, operands):
  """Rounding is small beside the terms, not always beside the sum: so the terms are widened."""
  wider = [_widen(o, gamma(2 * terms(equation) + 8)) for o in operands]
  if equation.primitive.name == 'sub':
    wider[1] = Bounds(wider[1].high, wider[1].low)
  return _ends(equation, wider)


def _corners(equation, operands):
  """Monotone in each operand while the others rest: the ends of the result are among the corners."""
  name = equation.primitive.name
  corners = itertools.product(*(o if isinstance(o, Bounds) else (o,) for o in operands))
  values = [bind(equation, *corner) for corner in corners]
  low, high = jax.tree.reduce(jnp.minimum, values), jax.tree.reduce(jnp.maximum, values)
  result = _widen(Bounds(low, high), gamma(8) if name in EXACT else 2.0**-18, 2.0**-22 if name in BOUNDED else TINY)
  below = operands[1] if name == 'div' else operands[0] if name == 'integer_pow' and equation.params['y'] < 0 else None
  if isinstance(below, Bounds):  # through zero a quotient has no bounds
    crosses = jnp.broadcast_to((below.low <= 0) & (below.high >= 0), low.shape)
    result = Bounds(jnp.where(crosses, -jnp.inf, result.low), jnp.where(crosses, jnp.inf, result.high))
  return result


def _even(equation, operands):
  """Square, even power, absolute value: least where the operand is nearest to 0."""
  at = lambda value: bind(equation, *[value] * len(operands))
  low, high = operands[0]
  exact = Bounds(at(jnp.clip(0.0, low, high)), jnp.maximum(at(low), at(high)))
  result = _widen(exact, gamma(16 * equation.params.get('y', 1)))
  return Bounds(jnp.maximum(result.low, 0), result.high)


def _power(equation, operands):
  """x ** y with a whole y, or a product, that may be x x."""
  y = equation.params.get('y', 2 if operands[0] is operands[-1] else 1)
  return (_even if y > 0 and y % 2 == 0 else _corners)(equation, operands)


def _product(equation, operands):
  """A matrix product, convolution or linear call with constant weights: W c -+ |W| r, for centre c and radius r.

  The network's own sum errs by gamma(n) |W| |x|, as do W c and |W| r here: that share of |x| is added to r, which costs no
  third product.
  """
  if all(isinstance(o, Bounds) for o in operands):
    raise InputError(f'ibp: {equation.primitive.name} of two values that depend on the image; one must be constant')
  moving = next(o for o in operands if isinstance(o, Bounds))
  centre = (moving.low + moving.high) / 2
  margin = jax.lax.stop_gradient(gamma(3 * terms(equation) + 8) * size(moving) + TINY)
  radius = jnp.maximum(moving.high - centre, centre - moving.low) + margin
  middle = bind(equation, *(centre if o is moving else o for o in operands))
  spread = bind(equation, *(radius if o is moving else jnp.abs(o) for o in operands))
  return Bounds(middle - spread, middle + spread)


def degree(jaxpr: core.Jaxpr, operands: list[tuple[float, int]]) -> tuple[float, int]:
  """Degree of a program's result in the image, and the roundings on the way to it.

  Of sums and products of float32 without a minus; -inf for zero, 9 for anything else. A program f of degree 1 is linear in
  the image and |f(x, W)| <= f(|x|, |W|). Roundings are those of sums and products, in any program.

  Args:
    jaxpr: of the program.
    operands: the same of each of its inputs: (1, 0) for the image, (0, 0) for weights.

  Returns:
    (degree, roundings); (9, 0) of several results.
  """
  known = dict(zip(jaxpr.invars, operands))

  def read(atom):  # what a call closes over might be negative
    if not isinstance(atom, core.Literal):
      return known.get(atom, (9, 0))
    return (-math.inf if not np.any(atom.val) else 0 if np.all(np.asarray(atom.val) > 0) else 9), 0

  for equation in jaxpr.eqns:
    name, given = equation.primitive.name, [read(atom) for atom in equation.invars]
    degrees, roundings = zip(*given) if given else ((9,), (0,))
    if name in CALLS:
      result = degree(_inner(equation)[0], given)
    elif name in ('mul', *PRODUCTS):
      result = sum(degrees), sum(roundings) + terms(equation)
    else:
      alike = name in {*LAYOUT, *SUMS} - {'sub'} and len({*degrees} - {-math.inf}) <= 1
      result = max(degrees) if alike else 9, max(roundings) + (name in SUMS) * terms(equation)
    known.update(dict.fromkeys(equation.outvars, result if equation.outvars[0].aval.dtype == np.float32 else (9, 0)))
  return read(jaxpr.outvars[0]) if len(jaxpr.outvars) == 1 else (9, 0)


def _select(equation, operands):
  if isinstance(operands[0], Bounds):
    raise InputError('ibp: select_n whose predicate depends on the image is not supported')
  return _ends(equation, operands)


RULES = {
  **dict.fromkeys((*LAYOUT, *STEPS), _ends),
  **dict.fromkeys(SUMS, _sum),
  **dict.fromkeys(MONOTONE, _corners),
  **dict.fromkeys(PRODUCTS, _product),
  **{'mul': _power, 'integer_pow': _power, 'square': _even, 'abs': _even, 'select_n': _select},
}


def _inner(equation):
  """(jaxpr, constants) of a call."""
  inner = next(equation.params[name] for name in ('jaxpr', 'call_jaxpr', 'call') if name in equation.params)
  return (inner.jaxpr, inner.consts) if isinstance(inner, core.ClosedJaxpr) else (inner, ())


def _is_linear(equation, moving):
  """Whether a call is linear in the one operand that depends on the image; `moving` has 1 for it."""
  return sum(moving) == 1 and degree(_inner(equation)[0], [(each, 0) for each in moving])[0] == 1


def propagate(logits_fn: Callable[[Array], Array], image: Bounds) -> tuple[Bounds, list[Step]]:
  """Bounds of everything that a network computes; what does not depend on the image is computed as it is.

  Calls are entered; but a linear one with its own gradient (`jax.custom_vjp`, a convolution here) is one step and keeps it.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K].
    image: Bounds, [B, H, W, C] float32 each.

  Returns:
    (logits, steps): Bounds [B, K], and the equations that led there, in order.

  Raises:
    InputError: an operation without a rule, or another dtype than float32.
  """
  steps = []

  def run(jaxpr, constants, inputs):
    values = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*constants, *inputs], strict=True))
    read = lambda atoms: [atom.val if isinstance(atom, core.Literal) else values[atom] for atom in atoms]
    for equation in jaxpr.eqns:
      operands, name = read(equation.invars), equation.primitive.name
      moving = [int(isinstance(o, Bounds)) for o in operands]
      if not any(moving):
        results = equation.primitive.bind(*operands, **equation.primitive.get_bind_params(equation.params))
        results = results if equation.primitive.multiple_results else [results]
      elif name in CALLS and not (name in PRODUCTS and _is_linear(equation, moving)):
        results = run(*_inner(equation), operands)
      else:
        check_name(name, RULES, 'ibp: an operation of the network')
        results = [RULES[name](equation, operands)]
        steps.append(Step(equation, operands, results[0]))
        if results[0].low.dtype not in (jnp.float32, jnp.float64):
          raise InputError(f'ibp: {name!r} gives {results[0].low.dtype}; margins are for a network that computes in float32')
      values.update(zip(equation.outvars, results, strict=True))
    return read(jaxpr.outvars)

  with jax.default_matmul_precision('float32'):  # else bounds on a GPU would be as rough as TF32
    program = jax.make_jaxpr(logits_fn)(image.low)
    [logits] = run(program.jaxpr, program.consts, [image])
  return logits if isinstance(logits, Bounds) else Bounds(logits, logits), steps


def linf_box(image: Array, epsilon: Array | float, bounds: tuple[float, float] = (0.0, 1.0)) -> Bounds:
  """The Linf ball cut with the box of valid pixels, one rounding wider.

  Args:
    image: [B, H, W, C] float32.
    epsilon: radius >= 0 in pixel units, one or one an image, [] or [B, 1, 1, 1]; may be traced.
    bounds: lowest and highest valid pixel value.

  Returns:
    Bounds of the image's shape; NaN, which certifies nothing, for images that leave the bounds inside of jit.

  Raises:
    InputError: negative or non-finite epsilon or one of another shape, bounds out of order, an image that is not float32 or leaves the
      bounds.
  """
  image = jnp.asarray(image)
  if not bounds[0] < bounds[1]:
    raise InputError(f'bounds: {bounds} must be (low, high) with low < high')
  if not isinstance(epsilon, jax.core.Tracer) and not (np.all(np.asarray(epsilon) >= 0) and np.all(np.isfinite(epsilon))):
    raise InputError(f'epsilon: {epsilon} must be a finite number, at least 0')
  if np.shape(epsilon) not in ((), (len(image), *(1,) * (image.ndim - 1))):
    raise InputError(f'epsilon: {list(np.shape(epsilon))}, must be one number or [{len(image)}{", 1" * (image.ndim - 1)}]')
  if image.dtype != jnp.float32:
    raise InputError(f'image: is {image.dtype}, must be float32')
  if not isinstance(image, jax.core.Tracer):
    known = np.asarray(image)  # jax's own comparison would be traced inside of jit
    if not ((known >= bounds[0]) & (known <= bounds[1])).all():
      raise InputError(f'image: values from {known.min():g} to {known.max():g} leave the bounds {bounds}')
  radius = epsilon + gamma(4) * (jnp.abs(image) + epsilon)
  inside = ((image >= bounds[0]) & (image <= bounds[1])).all(tuple(range(1, image.ndim)), keepdims=True)
  held = lambda end: jnp.where(inside, jnp.clip(end, *bounds), jnp.nan)
  return Bounds(held(image - radius), held(image + radius))


def ibp(logits_fn: Callable[[Array], Array], low: Array, high: Array) -> Bounds:
  """Bounds of the logits over all images with low <= image <= high.

  Sound for the network evaluated in float32, its sums in any order (not TF32: on a GPU set `jax_default_matmul_precision` to
  'float32'): each step is widened by the worst that its roundings can do, gamma(n) = n u / (1 - n u) of the sum of absolute
  values for n terms, u = 2^-24; approximated functions by 2^-18 of their value. Pure: jit, vmap, differentiate it.

  Args:
    logits_fn: image [B, H, W, C] -> logits [B, K]; any jax function of the operations in RULES.
    low: [B, H, W, C] float32.
    high: [B, H, W, C] float32, nowhere below `low`.

  Returns:
    Bounds, [B, K] each.

  Raises:
    InputError: shapes that differ, not float32, an operation without a rule (it is named).

  Source: Gowal et al., On the Effectiveness of Interval Bound Propagation, 2018, section 3; margins: Higham, Accuracy and
  Stability of Numerical Algorithms, 2002, lemma 3.1.
  """
  low, high = jnp.asarray(low), jnp.asarray(high)
  if low.shape != high.shape or (low.dtype, high.dtype) != (jnp.float32, jnp.float32):
    raise InputError(
      f'ibp: low is {low.dtype} {list(low.shape)}, high {high.dtype} {list(high.shape)}; must be float32 of one shape'
    )
  return propagate(logits_fn, Bounds(low, high))[0]
