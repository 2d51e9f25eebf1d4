"""The controller writes tokens of the space, with the probabilities that it reads."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats

from jaxaug import search
from jaxaug.search.controller import init_controller, make_controller, read, tokens_of, write

SPACE = search.Space(('Rotate', 'Invert', 'Color'), 1, 1, 2, 4)


def test_what_it_writes_has_the_probability_that_it_reads():
  controller = make_controller(SPACE, 8, tanh=0.0)
  params = jax.tree.map(lambda p: 6 * p, init_controller(controller, jax.random.key(0)))
  tokens = jax.jit(jax.vmap(lambda key: write(controller, params, key, 3)))(jax.random.split(jax.random.key(1), 20_000))
  every = np.array(list(itertools.product(range(3), range(2), range(4))))
  logs, entropy = jax.vmap(lambda row: read(controller, params, row))(jnp.asarray(every))
  chance = np.exp(np.asarray(logs).sum(1))
  np.testing.assert_allclose(chance.sum(), 1, rtol=1e-4)
  assert chance.max() > 1.5 / 24  # it has preferences
  counts = [(np.asarray(tokens) == row).all(1).sum() for row in every]
  assert scipy.stats.chisquare(counts, chance / chance.sum() * 20_000).pvalue > 1e-3
  ops = np.array([chance[every[:, 0] == op].sum() for op in range(3)])
  np.testing.assert_allclose(entropy[0, 0], -(ops * np.log(ops)).sum(), rtol=1e-3)


def test_at_first_all_is_nearly_even_and_tokens_are_a_policys():
  space = search.Space()
  controller = make_controller(space)
  params = init_controller(controller, jax.random.key(0))
  tokens = write(controller, params, jax.random.key(2), 30)
  assert search.encode(search.decode(tokens_of(tokens, space), space), space).reshape(-1).tolist() == tokens.tolist()
  entropy = read(controller, params, tokens)[1]
  np.testing.assert_allclose(entropy[:3], np.log([16, 11, 10]), rtol=1e-3)
  assert np.isfinite(jax.grad(lambda p: sum(read(controller, p, tokens)).sum())(params)['head']).all()
