"""PuzzleMix: what the loss looks at decides which blocks stay, and where the others are moved to."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug import ops
from jaxaug.augment.gridmix import enlarge
from jaxaug.augment.mix import check_alpha, float_images, mixed, share_of_own
from jaxaug.types import Array, Augment, Batch, InputError, Key, Model

FAR = 1e6  # a cost nobody takes


def saliency(batch: Batch, model: Model, blocks: int) -> Array:
  """Norm of the loss's gradient over channels, summed in blocks; each image sums to 1.

  Args:
    batch: with `image` [B, H, W, C] float and `label`.
    model: whose loss.
    blocks: to a side.

  Returns:
    float32 [B, blocks, blocks]; uniform where the gradient is zero.
  """
  slope = jax.grad(lambda image: model.loss({**batch, 'image': image}).sum())(batch['image'])
  norm = jnp.sqrt((slope**2).sum(-1))
  height, width = norm.shape[1:]
  rows, columns = (jax.nn.one_hot(np.arange(size) * blocks // size, blocks) for size in (height, width))
  pooled = jnp.einsum('bhw,hn,wm->bnm', norm, rows, columns) + 1e-12
  return pooled / pooled.sum((1, 2), keepdims=True)


def choose_blocks(own: Array, other: Array, share: Array, smoothness: float, prior: float) -> Array:
  """Which blocks stay: the exact maximum of sum_i z_i s_i + (1 - z_i) s'_i + smoothness [z_i = z_j] + prior log p(z_i).

  Row by row (Viterbi over the 2^n ways to fill a row), since a graph cut does not run in a compiled program.

  Args:
    own, other: saliency [n, n] of the image and its partner, in units of their mean 1 / n^2.
    share: scalar in (0, 1), p(1).
    smoothness: for each pair of neighbours that agree.
    prior: weight of the share.

  Returns:
    bool [n, n].
  """
  n = own.shape[0]
  rows = jnp.asarray((np.arange(2**n)[:, None] >> np.arange(n)) & 1, jnp.float32)  # [2^n, n]
  agree = smoothness * (rows[:, None] == rows[None]).sum(-1)  # [2^n, 2^n], a row and the next
  within = smoothness * (rows[:, 1:] == rows[:, :-1]).sum(-1)
  unary = (own - other) * n * n + prior * (jnp.log(share) - jnp.log1p(-share))
  score = rows @ unary.T + within[:, None]  # [2^n, n]

  def forward(best, row_score):
    paths = best[:, None] + agree
    return row_score + paths.max(0), paths.argmax(0)

  best, before = jax.lax.scan(forward, score[:, 0], score[:, 1:].T)
  last = best.argmax()
  _, chosen = jax.lax.scan(lambda state, back: (back[state], back[state]), last, before, reverse=True)
  return rows[jnp.concatenate([chosen, last[None]])] > 0


def transport(gain: Array, shown: Array, distance: Array, price: float) -> Array:
  """Where each block goes: a permutation that brings salient blocks to places that are shown, and moves little.

  Each block asks for its cheapest place, each place takes the cheapest of those that ask, and a place lost is not asked for
  again, until all are placed. Nothing moves if that is not cheaper than to stay.

  Args:
    gain: saliency [m] of the blocks.
    shown: float [m], 1 where a place is shown.
    distance: [m, m] between places.
    price: of distance, against saliency in units of its mean.

  Returns:
    int32 [m], the block that lies at each place.
  """
  count = len(gain)

  def asked(cost):
    return jax.nn.one_hot(jnp.argmin(cost, 1), count)

  def ask(state):
    cost, left = state
    asks = asked(cost)
    winner = jax.nn.one_hot(jnp.argmin(jnp.where(asks > 0, cost, FAR), 0), count, axis=0)
    return cost + FAR * asks * (1 - winner), left - 1

  paid = price * distance - (count * gain)[:, None] * shown[None, :]
  unplaced = lambda state: (asked(state[0]).sum(0) != 1).any() & (state[1] > 0)  # at most m^2 refusals
  cost, _ = jax.lax.while_loop(unplaced, ask, (paid, count * count))
  order, stay = jnp.argmax(asked(cost), 0), jnp.arange(count)
  return jnp.where(paid[order, stay].sum() <= jnp.trace(paid), order, stay)


def puzzlemix(
  alpha: float = 1.0,
  blocks: int = 4,
  smoothness: float = 0.3,
  prior: float = 0.5,
  price: float = 0.8,
  move: bool = True,
  per_image: bool = True,
) -> Augment:
  """Blocks of two images, chosen and moved so that what the loss looks at in both stays in sight.

  Args:
    alpha: of the Beta distribution of the share asked of the image itself; above 0, may be traced.
    blocks: to a side, 1 to 8; must divide the images' sides if `move`.
    smoothness: how much neighbouring blocks want to come from the same image.
    prior: how strictly the share is kept.
    price: of moving a block by the image's side.
    move: whether blocks may move inside their image.
    per_image: a share for each image, else one a batch. Blocks are chosen for each image.

  Returns:
    Augment of `image` [B, H, W, C] float and `label` [B, K], which is mixed by the area of the blocks that stayed. `mask`
    [B, H, W] goes along if blocks do not move; else it is refused, as boxes and keypoints are.

  Raises:
    InputError: an argument out of range, sides not divisible, images that are not float, labels that are not [B, K], no model.

  Source: Kim et al., Puzzle Mix: Exploiting Saliency and Local Statistics for Optimal Mixup, 2020, equations 3 to 7, algorithm
  1. Two labels a block, solved exactly; its term on differences of pixels across blocks is left out.
  """
  check_alpha(alpha, 'puzzlemix')
  if not 1 <= blocks <= 8:
    raise InputError(f'puzzlemix.blocks: {blocks} must be from 1 to 8')
  places = np.stack(np.meshgrid(np.arange(blocks), np.arange(blocks), indexing='ij'), -1).reshape(-1, 2) / blocks
  distance = np.square(places[:, None] - places[None]).sum(-1).astype(np.float32)

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    image = float_images(batch, 'puzzlemix')
    if model is None:
      raise InputError('puzzlemix: needs a model, whose loss it follows')
    count, height, width, _ = image.shape
    if move and (height % blocks or width % blocks):
      raise InputError(f'puzzlemix.blocks: {blocks} does not divide images of {height} x {width}')
    key_share, key_partner = jax.random.split(key)
    share = jnp.clip(share_of_own(key_share, alpha, count, per_image), 1e-4, 1 - 1e-4)
    partner = jax.random.permutation(key_partner, count)
    seen = saliency(batch, model, blocks)

    def one(image, seen, other_image, other_seen, share):
      stays = choose_blocks(seen, other_seen, share, smoothness, prior)
      if move:
        flat = stays.ravel().astype(jnp.float32)
        go = lambda seen, shown: transport(seen.ravel(), shown, jnp.asarray(distance), price)
        image = ops.grid_shuffle(image, go(seen, flat), blocks)
        other_image = ops.grid_shuffle(other_image, go(other_seen, 1 - flat), blocks)
      return stays, image, other_image

    stays, image, other = jax.vmap(one)(image, seen, image[partner], seen[partner], share)
    stays = enlarge(stays, height, width)
    own, pixels = stays.mean((1, 2)), jnp.where(stays[..., None], image, other)
    return mixed(batch, partner, own, 1 - own, pixels, None if move else stays, 'puzzlemix')

  return augment
