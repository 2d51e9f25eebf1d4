"""The worst of k is the worst of exactly those k; ascent ends where the loss is highest."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment.worst_of import ascend, worst
from jaxaug.data import as_batch
from jaxaug.models import as_model
from jaxaug.types import InputError, Model

RNG = np.random.default_rng(0)
WEIGHT = np.float32(RNG.normal(size=(108, 3)))
PIXELS = RNG.integers(0, 256, (6, 6, 6, 3), np.uint8)
BATCH = {
  'image': jnp.asarray(PIXELS / np.float32(255)),
  'label': jnp.eye(3)[jnp.array([0, 1, 2, 0, 1, 2])],
  'id': jnp.arange(6),
}
MODEL = as_model(lambda image: image.reshape(len(image), -1) @ WEIGHT)


def draws_of(make, k, batch=BATCH, seed=3):
  """The same draws, one by one: (list of batches, losses [k, B])."""
  one = jax.jit(lambda key: make(key, batch, MODEL))
  made = [one(jax.random.fold_in(jax.random.key(seed), i)) for i in range(k)]
  return made, np.stack([MODEL.loss(as_batch(one)) for one in made])


def run(make, k, batch=BATCH, seed=3, model=MODEL):
  return jax.jit(lambda key: augment.worst_of(make, k)(key, batch, model))(jax.random.key(seed))


def mixing(key, batch, model):
  """Mixes image and label with the neighbour's, and adds an entry that tells the draws apart."""
  own = jax.random.uniform(key, (len(batch['image']), 1, 1, 1))
  mix = lambda a: a * own.reshape(-1, *[1] * (a.ndim - 1)) + jnp.roll(a, 1, 0) * (1 - own.reshape(-1, *[1] * (a.ndim - 1)))
  return {**batch, 'image': mix(batch['image']), 'label': mix(batch['label']), 'own': own}


@pytest.mark.parametrize('make', (mixing, augment.cutout(4)))
def test_each_row_is_its_hardest_draw_label_and_all(make):
  made, losses = draws_of(make, 5)
  out, hardest = run(make, 5), losses.argmax(0)
  assert len(set(hardest.tolist())) > 1 and set(out) == set(made[0])
  for row, best in enumerate(hardest):
    for name in out:
      np.testing.assert_allclose(out[name][row], made[best][name][row], rtol=1e-6, atol=1e-7, err_msg=name)
  np.testing.assert_allclose(MODEL.loss(out), losses.max(0), rtol=1e-5)


def test_more_draws_never_lower_the_loss_and_one_is_a_draw():
  made, losses = draws_of(mixing, 6)
  found = np.stack([MODEL.loss(run(mixing, k)) for k in (1, 2, 6)])
  np.testing.assert_allclose(found, np.maximum.accumulate(losses)[[0, 1, 5]], rtol=1e-5)
  assert found[0].mean() < found[1].mean() < found[2].mean()
  np.testing.assert_array_equal(run(mixing, 1)['own'], made[0]['own'])


def test_bytes_are_shown_as_floats_and_stay_bytes():
  batch = {**BATCH, 'image': jnp.asarray(PIXELS)}
  made, losses = draws_of(augment.cutout(4), 4, batch)
  out = run(augment.cutout(4), 4, batch)['image']
  assert out.dtype == jnp.uint8
  np.testing.assert_array_equal(out, np.stack([made[i]['image'][row] for row, i in enumerate(losses.argmax(0))]))


def test_no_number_is_the_worst_and_of_equals_the_first_is_kept():
  candidates = jnp.arange(1.0, 5.0)[:, None] * jnp.ones((1, 3))
  losses = jnp.array([[1.0, -jnp.inf, 2.0], [jnp.nan, -jnp.inf, 2.0], [jnp.inf, -jnp.inf, 1.0], [9.0, -jnp.inf, 1.0]])
  found = jax.jit(lambda: worst(lambda i: candidates[i], 4, lambda c: losses[c[0].astype(int) - 1, jnp.arange(3)]))()
  np.testing.assert_array_equal(found, [2, 1, 1])


def test_the_winner_has_the_gradient_of_its_own_draw():
  scale = lambda key, batch, model: {**batch, 'image': batch['image'] * jax.random.uniform(key, (6, 1, 1, 1))}
  brightness = Model(None, lambda batch: batch['image'].mean((1, 2, 3)))
  out = lambda image: augment.worst_of(scale, 4)(jax.random.key(0), {'image': image}, brightness)['image']
  slope = jax.grad(lambda image: out(image).sum())(BATCH['image'])
  np.testing.assert_allclose(slope, out(jnp.ones_like(BATCH['image'])), rtol=1e-6)


def test_memory_does_not_grow_with_k():
  memory = lambda k: (
    jax.jit(lambda key, batch: augment.worst_of(augment.cutout(4), k)(key, batch, MODEL))
    .lower(jax.random.key(0), BATCH)
    .compile()
    .memory_analysis()
    .temp_size_in_bytes
  )
  assert memory(32) < 1.2 * memory(2)


def test_it_vmaps_over_keys():
  keys = jax.random.split(jax.random.key(1), 3)
  one = jax.jit(lambda key: augment.worst_of(mixing, 3)(key, BATCH, MODEL)['image'])
  together = jax.jit(jax.vmap(one))(keys)
  for key, out in zip(keys, together):
    np.testing.assert_allclose(out, one(key), atol=1e-6)


PEAK = jnp.array([[0.25, 0.5], [0.75, -3.0], [9.0, 0.0]])
LOW, HIGH = jnp.zeros((1, 2)), jnp.array([[1.0, 2.0]])


def hill(at):
  return -jnp.abs(at - PEAK).sum(1)


def test_ascent_reaches_the_top_inside_the_box():
  found = jax.jit(lambda start: ascend(hill, start, LOW, HIGH, 40, 0.05))(jnp.full((3, 2), 0.6))
  np.testing.assert_allclose(found, [[0.25, 0.5], [0.75, 0], [1, 0]], atol=0.101)
  np.testing.assert_array_equal(found[1:, 1], 0)
  assert found[2, 0] == 1


def test_ascent_takes_the_steps_of_its_formula():
  start = jnp.array([[0.5, 1.0]] * 3)
  np.testing.assert_allclose(ascend(hill, start, LOW, HIGH, 1, 0.1), [[0.4, 0.8], [0.6, 0.8], [0.6, 0.8]], atol=1e-6)
  np.testing.assert_array_equal(ascend(hill, start, LOW, HIGH, 0, 0.1), start)


def test_the_best_iterate_is_kept():
  starts = jnp.asarray(np.float32(RNG.random((3, 2))))
  losses = [hill(ascend(hill, starts, LOW, HIGH, steps, 0.7)) for steps in (0, 1, 2, 5)]
  assert all((after >= before).all() for before, after in zip(losses, losses[1:]))
  np.testing.assert_array_equal(ascend(hill, PEAK, PEAK, PEAK + 1, 3, 0.7), PEAK)


def test_ascent_stops_for_no_number_and_for_no_gradient():
  broken = lambda at: jnp.where(at[:, 0] > 0.7, jnp.nan, at[:, 0])
  found = ascend(broken, jnp.full((2, 2), 0.5), LOW, HIGH, 8, 0.1)
  assert (found[:, 0] > 0.7).all() and np.isfinite(found).all() and (found[:, 0] < 0.85).all() and (found[:, 1] == 0.5).all()
  steep = lambda at: jnp.sqrt(jnp.maximum(at[:, 0], 0.0))  # slope inf at 0
  assert np.isfinite(ascend(steep, jnp.zeros((2, 2)), LOW, HIGH, 3, 0.1)).all()


def test_ascent_has_no_gradient():
  out = lambda start: ascend(hill, start, LOW, HIGH, 2, 0.1).sum()
  assert not jax.grad(out)(jnp.full((3, 2), 0.6)).any()


def test_bad_arguments_are_named():
  with pytest.raises(InputError, match='worst_of.k: 0'):
    augment.worst_of(augment.cutout(4), 0)
