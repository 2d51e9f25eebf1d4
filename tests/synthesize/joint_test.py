"""Three players: each moves by its own loss alone, and the generator's two further terms do what they are there for."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug import models
from jaxaug.synthesize import gan, hard_but_true, joint
from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.joint import STREAM
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
CLASSES = np.eye(2, dtype=np.float32)
ROWS = {'encoded': RANDOM.normal(size=(8, 3)).astype(np.float32), 'condition': CLASSES[[0, 1] * 4]}
GAN = dict(preset='rows', width=8, latent=4)
SMALL = dict(gan=GAN, classifier=dict(name='mlp', hidden=(8,)))
PLAYERS = {'generator', 'discriminator', 'classifier', 'teacher'}


def started(made, seed=0):
  return jax.jit(made.init)(jax.random.key(seed))


@functools.cache
def update():
  """(state, hardness, consistency) -> (state, metrics), compiled once."""
  return jax.jit(lambda state, h, k: joint((3,), 2, **SMALL, hardness=h, consistency=k).update(state, ROWS, None))


def distance(one, other):
  return max(jax.tree.leaves(jax.tree.map(lambda a, b: np.abs(a - b).max(), one, other)))


def plain(state):
  return state._replace(key=jax.random.key_data(state.key))


def test_the_two_terms_are_the_formula_and_pull_the_right_way():
  logits, taught = (RANDOM.normal(size=(5, 3)).astype(np.float32) for _ in range(2))
  condition = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1]]
  own = lambda logits: -np.log((np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))[condition == 1])
  cap = float(np.sort(own(logits))[2:4].mean())  # three rows below, two above
  fn = lambda logits, taught: hard_but_true(logits, taught, condition, hardness=0.5, consistency=2.0, cap=cap)
  value, told = fn(logits, taught)
  np.testing.assert_allclose(value, -0.5 * np.minimum(own(logits), cap).mean() + 2 * own(taught).mean(), rtol=1e-5)
  np.testing.assert_allclose([told['hardness'], told['consistency']], [own(logits).mean(), own(taught).mean()], rtol=1e-5)
  (down, towards), _ = jax.grad(fn, (0, 1), has_aux=True)(jnp.asarray(logits), jnp.asarray(taught))
  at = np.asarray(condition == 1)
  below = own(logits) < cap
  assert (down[at][below] > 0).all() and (np.asarray(down)[~below] == 0).all()  # descent: away from the class, up to the cap
  assert (towards[at] < 0).all()  # descent: towards the class


def test_without_both_terms_it_is_the_gan():
  alone = gan((3,), 2, **GAN)
  state, run = started(alone), jax.jit(lambda state: alone.update(state, ROWS, None))
  first = started(joint((3,), 2, **SMALL))
  assert set(first.params) == PLAYERS
  assert all(distance(first.params[name], state.params[name]) == 0 for name in state.params)
  both = first
  for _ in range(2):
    state, metrics = run(state)
    both, told = update()(both, 0.0, 0.0)
  for name in ('generator', 'discriminator'):
    assert distance(both.params[name], state.params[name]) < 1e-6
    assert distance(both.opt_state[name], state.opt_state[name]) < 1e-6
  assert distance(both.ema['params']['generator'], state.ema['params']['generator']) < 1e-6
  assert max(abs(told[name] - metrics[name]) for name in metrics) < 1e-6


def test_each_player_moves_by_its_own_loss_alone():
  """What a change of one player's loss moves in the first step: that player and no other."""

  first, smoothing = started(joint((3,), 2, **SMALL)), {'name': 'erm', 'label_smoothing': 0.5}
  other = joint((3,), 2, **SMALL, hardness=0.1, consistency=0.1, objective=smoothing)
  base = update()(first, 0.1, 0.1)[0].params
  assert all(distance(base[name], first.params[name]) > 1e-5 for name in PLAYERS)
  changed = {
    'generator': update()(first, 5.0, 5.0)[0].params,
    'classifier': jax.jit(lambda state: other.update(state, ROWS, None))(first)[0].params,
  }
  for wanted, params in changed.items():
    assert [name for name in PLAYERS if distance(base[name], params[name]) > 1e-6] == [wanted]


def test_the_classifier_learns_from_real_and_drawn_rows_and_the_teacher_from_real_ones():
  made = joint((3,), 2, **SMALL, ratio=0.5, learning_rate=0.1)
  first = started(made)
  state, metrics = jax.jit(lambda state: made.update(state, ROWS, None))(first)
  loss = lambda name, rows: optax.softmax_cross_entropy(
    made.classify({'params': {'classifier': first.params[name]}}, rows), ROWS['condition'][: len(rows)]
  )
  np.testing.assert_allclose(metrics['loss_teacher'], loss('teacher', ROWS['encoded']).mean(), rtol=1e-5)
  key = jax.random.fold_in(jax.random.fold_in(first.key, 0), STREAM)
  drawn = made.sample({'params': first.params}, jax.random.split(key, 3)[0], ROWS['condition'][:4])
  both = np.concatenate([loss('classifier', ROWS['encoded']), loss('classifier', drawn)])
  np.testing.assert_allclose(metrics['loss_classifier'], both.mean(), rtol=1e-5)
  ramped = jax.tree.map(lambda old, new: 0.1 * old + 0.9 * new, *(s.params['classifier'] for s in (first, state)))
  assert distance(state.ema['params']['classifier'], ramped) < 1e-6  # (1 + 0) / (10 + 0) of the old
  logits = made.classify(evaluated(state), ROWS['encoded'])
  assert (
    logits.shape == (8, 2) and distance(logits, made.classify({'params': {'classifier': ramped}}, ROWS['encoded'])) < 1e-5
  )


def test_two_devices_stay_the_same():
  made = joint((3,), 2, **SMALL)
  parts = jax.tree.map(lambda a: a.reshape(2, 4, *a.shape[1:]), ROWS)
  run = jax.pmap(lambda state, batch: made.update(state, batch, 'device'), axis_name='device', in_axes=(None, 0))
  both, metrics = run(started(made), parts)
  for leaf in jax.tree.leaves((plain(both), metrics)):
    np.testing.assert_array_equal(leaf[0], leaf[1])


def learnt(key, encoded, label, hardness, consistency):
  """C's loss on what G draws, and how often the border of the true distribution agrees with the class asked for."""
  network = dict(preset='rows', width=16, latent=4, learning_rate=2e-3, ema=0.9)
  weights = dict(hardness=hardness, consistency=consistency, cap=4.0)
  made = joint((2,), 2, gan=network, classifier=dict(name='mlp', hidden=(16,)), learning_rate=3e-3, **weights)

  def step(state, n):
    rows = jax.lax.dynamic_slice_in_dim(jnp.arange(256), n * 64 % 256, 64)
    return made.update(state, {'encoded': encoded[rows], 'condition': jnp.asarray(CLASSES)[label[rows]]}, None)[0], None

  variables = evaluated(jax.lax.scan(step, made.init(key), jnp.arange(300))[0])
  asked = np.repeat([0, 1], 200)
  drawn = made.sample(variables, jax.random.key(1), CLASSES[asked])
  loss = optax.softmax_cross_entropy(made.classify(variables, drawn), CLASSES[asked])
  return loss.mean(), ((drawn.sum(-1) > 0) == asked).mean()


def test_hardness_makes_draws_hard_and_the_teacher_keeps_them_of_their_class():
  label = RANDOM.integers(0, 2, 256)
  encoded = (np.float32([-0.6, 0.6])[label][:, None] + 0.3 * RANDOM.normal(size=(256, 2))).astype(np.float32)
  arms = np.repeat(np.float32([[0, 0], [3, 0], [3, 3]]), 2, 0)  # two seeds each
  keys = jax.random.split(jax.random.key(0), 2)[np.tile([0, 1], 3)]
  run = jax.jit(jax.vmap(lambda key, arm: learnt(key, jnp.asarray(encoded), jnp.asarray(label), arm[0], arm[1])))
  loss, agrees = (np.asarray(values).reshape(3, 2) for values in run(keys, arms))
  assert (loss[1] > 2 * loss[0]).all() and (loss[2] > loss[0]).all()
  assert (agrees[2] > agrees[1] + 0.1).all()


def test_images_are_seen_between_0_and_1_and_attacked():
  image = RANDOM.uniform(-1, 1, (4, 4, 4, 1)).astype(np.float32)
  given = dict(gan=dict(network='perceptron', width=8, latent=4), classifier=dict(name='mlp', hidden=(8,)))
  objective = dict(name='pgd_at', attack=dict(epsilon=0.1, steps=2, step_size=0.1))
  made, usual = joint((4, 4, 1), 2, **given, objective=objective, ratio=0.0), joint((4, 4, 1), 2, **given, ratio=0.0)
  batch = {'encoded': image, 'condition': CLASSES[[0, 1, 0, 1]]}
  first = started(made)
  _, metrics = jax.jit(lambda state: made.update(state, batch, None))(first)
  logits = usual.classify({'params': first.params}, image)
  network = models.create('mlp', 2, hidden=(8,))
  np.testing.assert_allclose(logits, network.apply({'params': first.params['classifier']}, (image + 1) / 2), rtol=1e-5)
  clean = optax.softmax_cross_entropy(logits, batch['condition']).mean()
  assert metrics['loss_classifier'] > clean + 1e-3


@pytest.mark.parametrize(
  ('given', 'told'),
  (
    (dict(num_classes=1), 'joint.num_classes: 1 must be at least 2'),
    (dict(hardness=-1.0), 'joint.hardness: -1.0 must be at least 0'),
    (dict(ratio=2.0), 'joint: ratio 2.0'),
    (dict(gan={'preste': ''}), "joint.gan: 'preste' is unknown. Did you mean 'preset'"),
    (dict(classifier={'name': 'cn'}), "model.name: 'cn' is unknown"),
    (dict(objective={'name': 'free'}), "joint.objective.name: 'free' replays its batch"),
    (dict(objective={'name': 'pgd_at'}), r"joint.objective.name: 'pgd_at' is for images"),
  ),
)
def test_bad_input_is_told(given, told):
  with pytest.raises(InputError, match=told):
    joint((3,), **{'num_classes': 2, **given})
