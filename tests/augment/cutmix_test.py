"""CutMix's boxes: cut off at the border, sides as the source has them."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.augment.cutmix import inside, random_boxes


def test_boxes_are_the_sources():
  area = jnp.full(4000, 0.25)
  boxes = np.asarray(random_boxes(jax.random.key(0), area, 20, 30))
  top, left, bottom, right = boxes.T
  assert (0 <= top).all() and (top <= bottom).all() and (bottom <= 20).all() and (right <= 30).all()
  assert (bottom - top).max() == 10 and (right - left).max() == 14  # 2 floor(floor(30 / 2) / 2)
  assert (bottom - top).min() == 5 and (top == 0).mean() > 0.25  # half a box beyond the border
  middle = (top > 0) & (bottom < 20)
  assert (bottom - top)[middle].min() == 10


def test_no_area_is_no_box_and_inside_is_the_box():
  boxes = random_boxes(jax.random.key(0), jnp.zeros(5), 8, 8)
  assert not inside(boxes, 8, 8).any()
  mask = np.asarray(inside(jnp.array([[1, 2, 3, 6]]), 5, 7))[0]
  assert mask.sum() == 8 and mask[1:3, 2:6].all()
