"""Square attack: random squares of extreme colour, kept where they help. Sees logits only, no gradient."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks.losses import margin
from jaxaug.attacks.machine import Machine, Rows, as_augment, choose, wrong
from jaxaug.attacks.threat_model import ThreatModel
from jaxaug.types import Array, Augment, InputError

AHEAD = 2  # squares that change no pixel, passed over a step
HALVED_AFTER = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)  # queries, when the squares' share of the area is halved


class Search(NamedTuple):
  """Where each of B rows is."""

  evaluations: Array  # int32
  image: Array  # [B, H, W, C], of highest margin
  margin: Array  # of the wrong class over the right one; above 0 is misclassified
  fooled: Array
  ended: Array


def sides(queries: int, height: int, width: int, share: float, norm: str) -> np.ndarray:
  """Side of the square at each query, in pixels; odd and at least 3 but for Linf.

  Args:
    queries: how many.
    height, width: of the image in pixels.
    share: of the area, at the first query.
    norm: of the threat model.

  Returns:
    int32 [queries].

  Source: Andriushchenko et al., Square Attack, 2020, section 3.2 and their code's rounding.
  """
  area = share * height * width / 2.0 ** np.searchsorted(HALVED_AFTER, np.arange(queries))
  side = np.round(np.sqrt(area)).astype(np.int32)
  side = np.maximum(side, 1) if norm == 'linf' else np.maximum(side, 3) // 2 * 2 + 1
  return np.minimum(side, min(height, width))


def pattern(height: int, width: int, norm: str) -> np.ndarray:
  """A bump that falls off in square rings from the middle: sum over rings n of 1 / n^2 (L2) or 1 / n^4 (L1), not scaled.

  Args:
    height, width: in pixels.
    norm: 'l2' or 'l1'.

  Returns:
    float [height, width].

  Source: Andriushchenko et al., Square Attack, 2020, section 3.3, equation 2.
  """
  far = np.maximum(*np.abs(np.mgrid[:height, :width] - np.array([height // 2, width // 2]).reshape(2, 1, 1)))
  rings = 1 / np.arange(1, max(height // 2, width // 2) + 2.0) ** (2 if norm == 'l2' else 4)
  return (rings.sum() - np.concatenate([[0], np.cumsum(rings)]))[far]


def bump(side: int, norm: str) -> np.ndarray:
  """Two patterns of opposite sign, one above the other, of length 1 in the norm.

  Args:
    side: of the square, in pixels, at least 2.
    norm: 'l2' or 'l1'.

  Returns:
    float32 [side, side].
  """
  halves = [sign * pattern(rows, side, norm) for sign, rows in ((1, side // 2), (-1, side - side // 2))]
  length = {'l2': lambda a: np.sqrt((a**2).sum()), 'l1': lambda a: np.abs(a).sum()}[norm]
  whole = np.concatenate([half / length(half) for half in halves])
  return np.float32(whole / length(whole))


def _signs(key, shape):
  return jnp.where(jax.random.bernoulli(key, shape=shape), 1.0, -1.0)


def _corner(key, height, width, side):
  """(top, left) of a square in the image, as whole numbers below height - side and width - side."""
  return jnp.floor(jax.random.uniform(key, (2,)) * jnp.maximum(jnp.array([height, width]) - side, 0)).astype(jnp.int32)


def _linf_search(threat_model, shape, table):
  """(start, propose), both on one image."""
  height, width, channels = shape

  def start(key, origin):
    return threat_model.project(origin + threat_model.epsilon * _signs(key, (1, width, channels)), origin)

  def propose(key, image, origin, query):
    key_corner, key_color = jax.random.split(key)
    side = jnp.asarray(table)[query]
    top, left = _corner(key_corner, height, width, side)
    y, x = jnp.arange(height)[:, None], jnp.arange(width)[None]
    inside = (y >= top) & (y < top + side) & (x >= left) & (x < left + side)
    color = 2 * threat_model.epsilon * _signs(key_color, (1, 1, channels))
    return threat_model.project(image + jnp.where(inside[..., None], color, 0.0), origin)

  return start, propose


def _bump_search(threat_model, shape, table):
  """(start, propose) for L2 and L1, both on one image: mass is moved from one square into a bump in another."""
  height, width, channels = shape
  norm, epsilon = threat_model.norm, threat_model.epsilon
  found, kind = np.unique(table, return_inverse=True)
  bumps = np.zeros((2, len(found), height, width), np.float32)  # as they are, and turned
  for i, side in enumerate(found):
    bumps[0, i, :side, :side], bumps[1, i, :side, :side] = bump(side, norm), bump(side, norm).T
  length = lambda change: (
    jnp.sqrt((change**2).sum((0, 1), keepdims=True)) if norm == 'l2' else jnp.abs(change).sum((0, 1), keepdims=True)
  )  # of each channel
  add = lambda *lengths: jnp.sqrt(sum(a**2 for a in lengths)) if norm == 'l2' else sum(lengths)
  whole = lambda change: add(*(length(change)[..., i] for i in range(channels)))[..., None]

  def scaled(change, origin):
    if norm == 'l2':
      return threat_model.project(origin + change / (whole(change) + 1e-12) * epsilon, origin)
    return threat_model.project(origin + change, origin)

  def start(key, origin):
    key_turn, key_sign = jax.random.split(key)
    tile = min(height // 5, width)
    first = (height - 5 * tile) // 2 if tile == height // 5 else 0  # of long images the reference says nothing
    rows, columns = height // tile, width // tile
    tiles = np.zeros((2, height, width), np.float32)  # as it is, and transposed
    index = np.full((height, width), -1)
    for i in range(rows):
      for j in range(columns):
        top, left = min(first + i * tile, height), min(first + j * tile, width)
        bottom, right = min(top + tile, height), min(left + tile, width)
        for k, one in enumerate((bump(tile, norm), bump(tile, norm).T)):
          tiles[k, top:bottom, left:right] = one[: bottom - top, : right - left]
        index[top:bottom, left:right] = i * columns + j
    turned = jax.random.bernoulli(key_turn, shape=(rows * columns,))[index]
    signs = _signs(key_sign, (rows * columns, channels))[index]
    change = jnp.where(turned, tiles[1], tiles[0])[..., None] * signs * (index >= 0)[..., None]
    return scaled(change, origin)

  def propose(key, image, origin, query):
    key_corner, key_other, key_sign, key_turn = jax.random.split(key, 4)
    turned = jax.random.bernoulli(key_turn).astype(jnp.int32)
    side, one = jnp.asarray(table)[query], jnp.asarray(bumps)[turned, jnp.asarray(kind)[query]]
    y, x = jnp.arange(height)[:, None], jnp.arange(width)[None]

    def window(key):
      top, left = _corner(key, height, width, side)
      return (top, left), ((y >= top) & (y < top + side) & (x >= left) & (x < left + side))[..., None]

    (top, left), inside = window(key_corner)
    _, source = window(key_other)
    change = image - origin
    here = length(change * inside)
    free = jnp.maximum(epsilon**2 - whole(change) ** 2, 0) if norm == 'l2' else jnp.maximum(epsilon - whole(change), 0)
    there = length(change * (inside | source))
    moved = one[jnp.clip(y - top, 0, height - 1), jnp.clip(x - left, 0, width - 1)][..., None]
    moved = moved * _signs(key_sign, (1, 1, channels)) + change / (1e-12 + here)
    moved = moved * inside
    size = jnp.sqrt(free / channels + there**2) if norm == 'l2' else free + there * channels
    moved = moved / (1e-12 + length(moved)) * size
    return scaled(jnp.where(inside, moved, jnp.where(source, 0.0, change)), origin)

  return start, propose


def square_machine(threat_model: ThreatModel, shape: tuple[int, int, int], queries: int, share: float = 0.8) -> Machine:
  """The square attack, row by row; see `square`.

  Args:
    threat_model, queries, share: as in `square`.
    shape: (H, W, C) of the images.

  Returns:
    Machine.

  Raises:
    InputError: L2 or L1 on images below 5 pixels a side.
  """
  if threat_model.norm != 'linf' and min(shape[:2]) < 5:
    raise InputError(f'square: images are {list(shape)}; L2 and L1 need 5 pixels a side')
  table = sides(queries, *shape[:2], share, threat_model.norm)
  first, propose = (_linf_search if threat_model.norm == 'linf' else _bump_search)(threat_model, shape, table)

  def start(rows: Rows) -> Search:
    count, no = len(rows.origin), jnp.zeros(len(rows.origin), bool)
    return Search(jnp.zeros(count, jnp.int32), rows.origin, jnp.full(count, -jnp.inf), no, no)

  def step(logits_fn, state: Search, rows: Rows) -> Search:
    fold = jax.vmap(jax.random.fold_in)
    new = state.evaluations == 0
    openings = lambda: jax.vmap(first)(fold(rows.key, jnp.full_like(state.evaluations, queries)), rows.origin)
    query = jnp.maximum(state.evaluations - 1, 0)
    square = lambda query: jax.vmap(propose)(fold(rows.key, query), state.image, rows.origin, query)
    squares = square(query)
    if threat_model.norm == 'linf':  # some paint what is there already, so that the model's answer is known
      known = ~new & (state.margin > -jnp.inf)
      for _ in range(AHEAD):
        same = (squares == state.image).all((1, 2, 3)) & known & (query + 1 < queries)
        query = query + same
        squares = choose(same, square(query), squares)
    tried = choose(new, jax.lax.cond(new.any(), openings, lambda: state.image), squares)
    logits = logits_fn(tried)
    value = margin(logits, rows.label)
    value = jnp.where(jnp.isnan(value), jnp.inf, value)
    missed = wrong(logits, rows.label)
    better = (value > state.margin) | missed
    image, value = choose(better, (tried, value), (state.image, state.margin))
    evaluations = query + jnp.where(new, 1, 2)
    moved = Search(evaluations, image, value, missed, missed | (evaluations > queries))
    return choose(state.ended, state, moved)

  return Machine(start, step, queries + 1)


def square(threat_model: ThreatModel, *, queries: int = 5000, share: float = 0.8, unroll: bool | None = None) -> Augment:
  """Random squares, kept where the margin grows: a black box, so that it sees what a masked gradient hides.

  Args:
    threat_model: ball and box.
    queries: evaluations after the first, at least 1.
    share: of the area that the first squares cover, in (0, 1].
    unroll: see `as_augment`.

  Returns:
    Augment that replaces `image` [B, H, W, C] float by the first misclassified one, or that of highest margin.

  Raises:
    InputError: queries below 1, share outside (0, 1], L2 or L1 on images below 5 pixels a side.

  Source: Andriushchenko et al., Square Attack: a query-efficient black-box adversarial attack via random search, 2020;
  L1: Croce and Hein, Mind the Box, 2021, section 4.
  """
  if queries < 1 or not 0 < share <= 1:
    raise InputError(f'square: queries {queries} must be at least 1, share {share} in (0, 1]')

  def attack(key, batch, model):
    shape = batch['image'].shape[1:]
    return as_augment(square_machine(threat_model, shape, queries, share), unroll=unroll, bounds=threat_model.bounds)(
      key, batch, model
    )

  return attack
