"""What discriminator and generator minimise, and what keeps the discriminator's slope small."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from jaxaug.types import Array, Key, PyTree

softplus = jax.nn.softplus


class Loss(NamedTuple):
  """The two sides; a is D(real) [B], b is D(fake) [B]."""

  discriminator: Callable[[Array, Array], Array]  # (a, b) -> scalar
  generator: Callable[[Array], Array]  # b -> scalar


LOSSES = {
  'minimax': Loss(lambda a, b: (softplus(-a) + softplus(b)).mean(), lambda b: -softplus(b).mean()),
  'logistic': Loss(lambda a, b: (softplus(-a) + softplus(b)).mean(), lambda b: softplus(-b).mean()),
  'hinge': Loss(lambda a, b: (jax.nn.relu(1 - a) + jax.nn.relu(1 + b)).mean(), lambda b: -b.mean()),
  'wasserstein': Loss(lambda a, b: (b - a).mean(), lambda b: -b.mean()),
}
"""'minimax': -ln s(a) - ln(1 - s(b)) and ln(1 - s(b)), s the sigmoid, Goodfellow et al., Generative Adversarial Nets, 2014, equation 1;
'logistic': the generator takes -ln s(b), ibid., section 3; 'hinge': Miyato et al., Spectral Normalization, 2018, equations 16 and 17;
'wasserstein': Arjovsky et al., Wasserstein GAN, 2017, equation 3."""

Scores = Callable[[PyTree, Array], Array]
"""(params, x [B, ...]) -> D(x) [B]."""


def _squared_slope(scores: Scores, params: PyTree, x: Array) -> Array:
  """|grad_x D(x)|^2 [B]."""
  slope = jax.grad(lambda x: scores(params, x).sum())(x)
  return jnp.square(slope).reshape(len(x), -1).sum(-1)


def r1(scores: Scores, params: PyTree, real: Array) -> Array:
  """mean |grad_x D(x)|^2 / 2 over real rows.

  Args:
    scores: of the discriminator.
    params: its weights.
    real: [B, ...].

  Returns:
    [], to be weighted with gamma.

  Source: Mescheder, Geiger and Nowozin, Which Training Methods for GANs do actually Converge?, 2018, equation 9.
  """
  return _squared_slope(scores, params, real).mean() / 2


def gradient_penalty(scores: Scores, params: PyTree, real: Array, fake: Array, key: Key) -> Array:
  """mean (|grad_x D(x)| - 1)^2 at x = t real + (1 - t) fake, t ~ U(0, 1) for each row.

  Args:
    scores: of the discriminator.
    params: its weights.
    real, fake: [B, ...].
    key: of t.

  Returns:
    [], to be weighted with lambda.

  Source: Gulrajani et al., Improved Training of Wasserstein GANs, 2017, equation 3.
  """
  t = jax.random.uniform(key, (len(real), *[1] * (real.ndim - 1)))
  between = t * real + (1 - t) * fake
  return jnp.square(jnp.sqrt(_squared_slope(scores, params, between) + 1e-12) - 1).mean()


def clipped(params: PyTree, bound: float) -> PyTree:
  """Every weight in [-bound, bound].

  Args:
    params: tree of floats.
    bound: above 0.

  Returns:
    The tree.

  Source: Arjovsky et al., Wasserstein GAN, 2017, algorithm 1.
  """
  return jax.tree.map(lambda w: jnp.clip(w, -bound, bound), params)
