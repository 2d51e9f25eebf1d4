"""PuzzleMix: saliency by hand, blocks against enumeration, transport against the best assignment."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from jaxaug import augment
from jaxaug.augment.puzzlemix import choose_blocks, saliency, transport
from jaxaug.models import as_model
from jaxaug.types import InputError


def test_saliency_is_the_gradients_norm_in_blocks():
  weights = jax.random.normal(jax.random.key(0), (4, 4, 2, 3))
  model = as_model(lambda image: jnp.einsum('bhwc,hwck->bk', image, weights))
  batch = {'image': jax.random.uniform(jax.random.key(1), (2, 4, 4, 2)), 'label': jnp.eye(3)[:2]}
  error = jax.nn.softmax(model.logits(batch)) - batch['label']
  slope = np.sqrt((np.einsum('bk,hwck->bhwc', error, weights) ** 2).sum(-1))
  blocks = slope.reshape(2, 2, 2, 2, 2).sum((2, 4))
  np.testing.assert_allclose(saliency(batch, model, 2), blocks / blocks.sum((1, 2), keepdims=True), rtol=1e-4)


def test_chosen_blocks_are_the_best_of_all():
  def energy(stays, own, other, share, smoothness, prior):
    z = np.asarray(stays, float)
    unary = 9 * (z * own + (1 - z) * other).sum() + prior * (z * np.log(share) + (1 - z) * np.log(1 - share)).sum()
    return unary + smoothness * ((z[1:] == z[:-1]).sum() + (z[:, 1:] == z[:, :-1]).sum())

  all_masks = [np.reshape(mask, (3, 3)) for mask in itertools.product((0, 1), repeat=9)]
  for seed in range(12):
    own, other = np.random.default_rng(seed).dirichlet(np.ones(9), 2).reshape(2, 3, 3)
    given = (own, other, 0.2 + 0.05 * seed, 0.1 * seed, 0.5)
    best = max(energy(mask, *given) for mask in all_masks)
    assert np.isclose(energy(choose_blocks(jnp.asarray(own), jnp.asarray(other), *given[2:]), *given), best, atol=1e-4)


def test_transport_is_a_permutation_and_nearly_the_best_assignment():
  side = np.stack(np.meshgrid(np.arange(3), np.arange(3), indexing='ij'), -1).reshape(-1, 2) / 3
  distance = np.square(side[:, None] - side[None]).sum(-1).astype(np.float32)
  for seed in range(10):
    random = np.random.default_rng(seed)
    gain, shown = random.dirichlet(np.ones(9)).astype(np.float32), (random.random(9) < 0.5).astype(np.float32)
    order = np.asarray(transport(jnp.asarray(gain), jnp.asarray(shown), jnp.asarray(distance), 0.8))
    assert sorted(order) == list(range(9))
    cost = 0.8 * distance - 9 * gain[:, None] * shown[None]
    rows, columns = linear_sum_assignment(cost)
    stay, ours = np.trace(cost), cost[order, np.arange(9)].sum()
    assert ours <= stay + 1e-4 and ours <= cost[rows, columns].sum() + 0.35 * (stay - cost[rows, columns].sum()) + 1e-4


def test_free_moves_bring_the_salient_block_into_sight():
  gain = jnp.array([0.7, 0.1, 0.1, 0.1])
  order = transport(gain, jnp.array([0.0, 0.0, 0.0, 1.0]), jnp.ones((4, 4)) - jnp.eye(4), 0.01)
  assert order[3] == 0


def test_bad_blocks_are_named():
  with pytest.raises(InputError, match='puzzlemix.blocks: 0'):
    augment.puzzlemix(blocks=0)
  batch = {'image': jnp.zeros((2, 6, 6, 1)), 'label': jnp.eye(2)}
  with pytest.raises(InputError, match='4 does not divide images of 6 x 6'):
    augment.puzzlemix(blocks=4)(jax.random.key(0), batch, as_model(lambda image: image.sum((1, 2))))
  with pytest.raises(InputError, match='puzzlemix: needs a model'):
    augment.puzzlemix(blocks=4)(jax.random.key(0), batch, None)


def test_each_image_is_moved_by_its_own_plan():
  count, blocks = 6, 3
  weights = jax.random.normal(jax.random.key(0), (9, 9, 1, count)) ** 3
  model = as_model(lambda image: jnp.einsum('bhwc,hwck->bk', image, weights))
  image = jax.random.uniform(jax.random.key(1), (count, 9, 9, 1))  # every block can be told
  batch = {'image': image, 'label': jnp.eye(count)}
  out = augment.puzzlemix(blocks=blocks, smoothness=0.0, price=0.001)(jax.random.key(2), batch, model)
  seen = np.asarray(saliency(batch, model, blocks))
  places = np.stack(np.meshgrid(np.arange(blocks), np.arange(blocks), indexing='ij'), -1).reshape(-1, 2) / blocks
  distance = jnp.asarray(np.square(places[:, None] - places[None]).sum(-1), jnp.float32)
  cut = lambda image: np.asarray(image).reshape(3, 3, 3, 3).swapaxes(1, 2).reshape(9, 9)  # [block, pixel]
  moved = 0
  for i in range(count):
    got = cut(out['image'][i])
    whose = np.array([[j for j in range(count) if (cut(image[j]) == block).all(1).any()][0] for block in got])
    stays = (whose == i).astype(np.float32)
    assert np.isclose(out['label'][i, i], stays.mean()) or i == out['label'][i].argmax()
    for j in set(whose):
      shown = stays if j == i else 1 - stays
      order = np.asarray(transport(jnp.asarray(seen[j].ravel()), jnp.asarray(shown), distance, 0.001))
      assert (cut(image[j])[order][whose == j] == got[whose == j]).all(), (i, j)
      moved += (order != np.arange(9)).any()
  assert moved > 2


def test_one_share_a_batch_or_one_an_image():
  """Where nothing is salient the share alone decides, for all blocks of an image at once."""
  batch = {'image': jnp.zeros((40, 4, 4, 1)), 'label': jnp.eye(40)}
  even = as_model(lambda image: 0 * image.sum((1, 2)) + jnp.zeros((1, 40)))
  partner = jax.random.permutation(jax.random.split(jax.random.key(1))[1], 40)
  for per_image in (False, True):
    label = augment.puzzlemix(1.0, 2, per_image=per_image)(jax.random.key(1), batch, even)['label']
    own = np.round(np.diag(np.asarray(label))[np.asarray(partner) != np.arange(40)], 4)
    assert set(own) <= {0, 1} and (len(set(own)) == 1) == (not per_image)
