"""How a coefficient goes back through an affine step of a network: by the step's transpose."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.extend import core

from jaxaug.certify.ibp import Bounds, Step, bind, degree, terms
from jaxaug.types import Array

IMAGES = ('NHWC', 'HWIO', 'NHWC')


def _plain_convolution(equation: core.JaxprEqn) -> core.JaxprEqn | None:
  """The equation, or the only one in it, where it is an ordinary convolution of images by a kernel."""
  if equation.primitive.name == 'custom_vjp_call':
    program = equation.params['call_jaxpr'].jaxpr
    if len(program.eqns) != 1:
      return None
    [equation] = program.eqns
    if equation.invars != program.invars[:2] or equation.outvars != program.outvars:
      return None
  if equation.primitive.name != 'conv_general_dilated':
    return None
  params = equation.params
  plain = dict(lhs_dilation=(1, 1), rhs_dilation=(1, 1), feature_group_count=1, batch_group_count=1)
  images = jax.lax.conv_dimension_numbers((1,) * 4, (1,) * 4, IMAGES) == params['dimension_numbers']
  return equation if images and all(params[name] == value for name, value in plain.items()) else None


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3, 4))
def _convolved_back(coefficient: Array, kernel: Array, size: tuple, strides: tuple, padding: tuple) -> Array:
  """The transpose of a plain convolution of images of that size; it and its gradient are written so that XLA is fast on CPU."""
  sides = []
  for n, m, width, stride, (low, _) in zip(size, coefficient.shape[1:3], kernel.shape, strides, padding):
    before = width - 1 - low
    sides.append((before, n + width - 1 - ((m - 1) * stride + 1) - before))
  turned = kernel[::-1, ::-1].swapaxes(2, 3)
  settings = dict(lhs_dilation=strides, dimension_numbers=IMAGES, precision='highest')
  return jax.lax.conv_general_dilated(coefficient, turned, (1, 1), sides, **settings)


def _convolved_back_forward(coefficient, kernel, size, strides, padding):
  return _convolved_back(coefficient, kernel, size, strides, padding), (coefficient, kernel)


def _convolved_back_backward(size, strides, padding, saved, image):
  """sum(image * back(coefficient)) = sum(convolved(image) * coefficient): the gradients are those of the convolution."""
  coefficient, kernel = saved
  settings = dict(dimension_numbers=IMAGES, precision='highest')
  convolved = lambda kernel: jax.lax.conv_general_dilated(image, kernel, strides, padding, **settings)
  value, to_kernel = jax.vjp(convolved, kernel)
  return value, *to_kernel(coefficient)


_convolved_back.defvjp(_convolved_back_forward, _convolved_back_backward)


def _over_rows(size: tuple, strides: tuple, padding: tuple, axes: int = 2) -> Callable[[Array, Array], Array]:
  """`_convolved_back`, to which the two innermost `vmap` (rows, images) give more rows, not more axes.

  So its kernel has one gradient, not one of each row that are then added up. jax has no reverse mode through a `custom_vmap` that
  no `vmap` has met, so there are as many as there will be axes.
  """
  plain = lambda coefficient, kernel: _convolved_back(coefficient, kernel, size, strides, padding)
  if not axes:
    return plain
  back, outer = jax.custom_batching.custom_vmap(plain), _over_rows(size, strides, padding, axes - 1)

  @back.def_vmap
  def _(count, batched, coefficient, kernel):
    if batched != [True, False]:
      return jax.vmap(plain, [0 if each else None for each in batched])(coefficient, kernel), True
    rows = coefficient.shape[1]
    moved = outer(coefficient.reshape(count * rows, *coefficient.shape[2:]), kernel)
    return moved.reshape(count, rows, *moved.shape[1:]), True

  return back


def transposed(step: Step) -> tuple[Array, Callable[[Array], tuple[Array, ...]], int]:
  """An affine step y = L x + constant and the way back through it.

  Args:
    step: of a network, L at the weights that it was taken with.

  Returns:
    (constant, a -> L^T a, one for each operand that depends on the image, roundings of y in the network and of L^T a here).
  """
  equation, places = step.equation, [i for i, o in enumerate(step.operands) if isinstance(o, Bounds)]

  def apply(*moved):
    operands = [moved[places.index(i)] if i in places else o for i, o in enumerate(step.operands)]
    if equation.primitive.name == 'custom_vjp_call':  # what it computes; its own gradient may be another
      return core.jaxpr_as_fun(equation.params['call_jaxpr'])(*operands)[0]
    return bind(equation, *operands)

  constant, transpose = jax.vjp(apply, *(jnp.zeros_like(step.operands[i].low) for i in places))
  if places == [0] and (convolution := _plain_convolution(equation)):
    params, size_before = convolution.params, convolution.invars[0].aval.shape[1:3]
    back = _over_rows(size_before, params['window_strides'], params['padding'])
    transpose = lambda a: (back(a, step.operands[1]),)
  program = jax.make_jaxpr(transpose)(jnp.zeros_like(constant)).jaxpr
  return constant, transpose, 8 + terms(equation) + degree(program, [(1, 0)])[1]
