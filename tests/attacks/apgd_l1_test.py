"""What is particular to L1: balls that shrink, steps as sparse as what was found. The rest is in `apgd_test`."""

import jax
import jax.numpy as jnp
import numpy as np

from jaxaug.attacks import threat_model
from jaxaug.attacks.apgd import apgd_machine
from jaxaug.attacks.machine import Rows

RNG = np.random.default_rng(0)
WEIGHTS = np.float32(RNG.normal(size=(100, 3)))
IMAGE = RNG.random((4, 10, 10, 1), np.float32)
ROWS = Rows(
  jax.random.split(jax.random.key(0), 4), IMAGE, np.eye(3, dtype=np.float32)[[0, 1, 2, 0]], np.zeros((4, 1), np.int32)
)


def test_balls_shrink_to_the_asked_one_and_only_there_an_image_counts():
  far = lambda image: image.reshape(len(image), -1) @ WEIGHTS + 99 * ROWS.label
  machine = apgd_machine(threat_model('l1', 3.0), 20, 'margin', 1)
  assert machine.steps == 20 + 3  # an evaluation more in each phase
  step = jax.jit(lambda state: machine.step(far, state, ROWS))
  state, lengths = machine.start(ROWS), []
  for _ in range(machine.steps):
    lengths.append(np.abs(np.float64(state.place) - IMAGE).sum((1, 2, 3)).max() / 3)
    assert not state.ended.any()
    state = step(state)
  assert state.ended.all() and not state.fooled.any()
  for first, last, ball in ((0, 7, 3), (7, 14, 2), (14, 23, 1)):
    assert ball - 0.01 < max(lengths[first:last]) <= ball
  assert np.abs(np.float64(state.image) - IMAGE).sum((1, 2, 3)).max() <= 3


def test_misclassified_in_a_larger_ball_is_not_enough():
  near = lambda image: image.reshape(len(image), -1) @ WEIGHTS
  gap = np.sort(np.asarray(near(IMAGE)), -1)  # what the label must be ahead by, so that only larger balls hold an example
  label = np.eye(3, dtype=np.float32)[np.asarray(near(IMAGE)).argmax(-1)]
  reach = 3.0 * np.abs(WEIGHTS[:, :, None] - WEIGHTS[:, None, :]).max()  # no change of length 3 gains more
  ahead = lambda image: near(image) + (reach + 0.1 - (gap[:, 2] - gap[:, 1]))[:, None].clip(0) * label
  machine = apgd_machine(threat_model('l1', 3.0), 20, 'margin', 1)
  rows = ROWS._replace(label=label)
  state = machine.start(rows)
  step = jax.jit(lambda state: machine.step(ahead, state, rows))
  crossed = False
  for _ in range(machine.steps):
    crossed |= bool((jnp.argmax(ahead(state.place), -1) != label.argmax(-1)).any())
    state = step(state)
  assert crossed and not state.fooled.any()
