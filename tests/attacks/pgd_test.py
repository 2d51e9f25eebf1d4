"""PGD: the exact optimum where it is known, never worse for more work, the same image in any batch."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import models
from jaxaug.attacks import apgd, carlini_wagner, cross_entropy, example_keys, fab, friendly, margin, pgd, threat_model
from jaxaug.models import CNN, as_model, load_cnn
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
LINEAR = np.float32(RNG.normal(size=(9, 2)))
FIRST, SECOND = np.float32(RNG.normal(size=(9, 16)) * 2), np.float32(RNG.normal(size=(16, 3)) * 2)
IMAGE = RNG.random((6, 3, 3, 1), np.float32)
LABEL = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
BATCH = {'image': jnp.asarray(IMAGE), 'label': jnp.asarray(LABEL), 'id': jnp.arange(10, 16)}
BOTH = pytest.mark.parametrize('norm', ('linf', 'l2'))

linear = as_model(lambda image: image.reshape(len(image), -1) @ LINEAR)
curved = as_model(lambda image: jnp.tanh((image - 0.5).reshape(len(image), -1) @ FIRST) @ SECOND)


@functools.cache
def compiled(model, norm, epsilon, **keywords):
  attack = pgd(threat_model(norm, epsilon), **{'steps': 4, 'step_size': 0.07, 'unroll': False, **keywords})
  return jax.jit(lambda key, batch: attack(key, batch, model)['image'])


def attacked(batch=BATCH, model=curved, norm='linf', epsilon=0.2, seed=7, **keywords):
  return compiled(model, norm, epsilon, **keywords)(jax.random.key(seed), batch)


def loss(image, model=curved, label=LABEL):
  return np.asarray(model.loss({'image': image, 'label': label}))


@BOTH
@pytest.mark.parametrize('momentum, restarts', ((0.0, 1), (0.9, 2)))
def test_it_reaches_the_exact_optimum_of_a_linear_model(norm, momentum, restarts):
  image = IMAGE if norm == 'linf' else 0.4 + 0.2 * IMAGE  # l2 away from the box, where the optimum is a formula
  label = np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0, 1]]
  climb = (label @ (LINEAR @ [[-1, 1], [1, -1]]).T).reshape(IMAGE.shape)  # the other class's weights minus the own
  keywords = {'steps': 20, 'step_size': 0.05, 'momentum': momentum, 'restarts': restarts, 'random_start': restarts > 1}
  moved = attacked({'image': image, 'label': label}, linear, norm, **keywords)
  if norm == 'linf':
    np.testing.assert_allclose(moved, np.clip(image + 0.2 * np.sign(climb), 0, 1), atol=1e-6)
  else:
    best = loss(image + 0.2 * climb / np.sqrt((climb**2).sum((1, 2, 3), keepdims=True)), linear, label)
    reached = loss(moved, linear, label)
    assert (reached <= best + 1e-5).all() and (reached >= best - 1e-3 * (best - loss(image, linear, label))).all()


def test_l1_reaches_the_exact_optimum_of_a_linear_model_and_stays_in_its_ball():
  label = np.eye(2, dtype=np.float32)[[0, 1, 0, 1, 0, 1]]
  climb = label @ (LINEAR @ [[-1, 1], [1, -1]]).T  # [6, 9]
  moved = attacked({'image': IMAGE, 'label': label}, linear, 'l1', epsilon=1.5, steps=60, step_size=0.1, random_start=False)
  change = (np.float64(moved) - np.float64(IMAGE)).reshape(6, 9)
  gains = []
  for slope, row in zip(climb, IMAGE.reshape(6, 9)):  # greedily: the steepest pixel until it meets the box, then the next
    room, left, gain = np.where(slope > 0, 1 - row, row), 1.5, 0.0
    for pixel in np.argsort(-np.abs(slope)):
      gain += abs(slope[pixel]) * min(room[pixel], left)
      left -= min(room[pixel], left)
    gains.append(gain)
  np.testing.assert_allclose((climb * change).sum(-1), gains, rtol=5e-3)
  assert (np.abs(change).sum(-1) <= 1.5).all() and np.asarray(moved).min() >= 0 and np.asarray(moved).max() <= 1
  still = attacked(norm='l1', epsilon=0.0)
  assert np.asarray(still).tobytes() == IMAGE.tobytes()


@BOTH
def test_one_step_from_the_image_is_the_fast_gradient(norm):
  moved = attacked(norm=norm, epsilon=0.05, steps=1, step_size=0.05, random_start=False)
  gradient = np.asarray(jax.grad(lambda image: curved.loss({**BATCH, 'image': image}).sum())(BATCH['image']))
  direction = np.sign(gradient) if norm == 'linf' else gradient / np.sqrt((gradient**2).sum((1, 2, 3), keepdims=True))
  fast = np.clip(IMAGE + 0.05 * direction, 0, 1)
  raised = loss(fast) > loss(IMAGE)
  assert raised.sum() >= 4
  np.testing.assert_allclose(moved, np.where(raised[:, None, None, None], fast, IMAGE), atol=1e-6)


@pytest.mark.parametrize('keywords', ({}, {'norm': 'l2', 'momentum': 0.8, 'random_start': False}), ids=str)
def test_more_steps_are_never_worse(keywords):
  reached = [loss(attacked(steps=steps, step_size=0.15, **keywords)) for steps in (0, 2, 12)]
  for fewer, more in zip(reached, reached[1:]):
    assert (more >= fewer - 1e-5).all()
  assert (reached[-1] > reached[0]).all()


def test_more_restarts_are_never_worse():
  one, four = (loss(attacked(steps=1, restarts=restarts)) for restarts in (1, 4))
  assert (four >= one - 1e-5).all() and (four > one + 1e-3).any()


def test_without_steps_starts_differ_by_row_restart_and_key():
  same = {**BATCH, 'image': jnp.full_like(BATCH['image'], 0.5)}
  starts = [attacked(same, steps=0), attacked(same, steps=0, seed=8)]
  assert len({np.asarray(row).tobytes() for start in starts for row in start}) == 12
  twin = attacked({**same, 'id': jnp.full(6, 3)}, steps=0)
  assert (twin == twin[:1]).all()


def test_it_begins_where_the_batch_says_projected():
  corner = jnp.ones_like(IMAGE)
  moved = attacked({**BATCH, 'start': corner}, steps=0, keep='last')
  np.testing.assert_array_equal(moved, jax.vmap(threat_model('linf', 0.2).project)(corner, IMAGE))
  own, drawn = attacked({**BATCH, 'start': corner}, restarts=2), attacked(restarts=2)
  assert (loss(own) >= loss(attacked({**BATCH, 'start': corner})) - 1e-5).all() and (own != drawn).any()


def test_a_target_becomes_likelier():
  target = {**BATCH, 'label': jnp.roll(BATCH['label'], 1, -1)}
  moved = attacked(target, targeted=True, steps=10)
  assert (loss(moved, label=target['label']) < 0.7 * loss(IMAGE, label=target['label'])).all()


@pytest.mark.optimized
@pytest.mark.parametrize('keywords', ({}, {'norm': 'l2', 'restarts': 2, 'momentum': 0.9}), ids=str)
def test_a_row_has_the_same_adversary_in_any_batch(keywords):
  whole = attacked(**keywords)
  order = np.array([4, 0, 5, 2, 1, 3])
  take = lambda rows: jax.tree.map(lambda a: a[rows], BATCH)
  np.testing.assert_allclose(attacked(take(order), **keywords), whole[order], atol=1e-6)
  np.testing.assert_allclose(attacked(take(order[2:3]), **keywords), whole[order[2:3]], atol=1e-6)


def test_a_row_without_id_has_the_same_adversary_in_a_shorter_batch():
  batch = {'image': BATCH['image'], 'label': BATCH['label']}
  np.testing.assert_allclose(attacked(jax.tree.map(lambda a: a[:2], batch)), attacked(batch)[:2], atol=1e-6)
  keys = [jax.random.key_data(example_keys(jax.random.key(7), b)) for b in (batch, {**batch, 'id': jnp.arange(6)})]
  assert (keys[0] == keys[1]).all()


@pytest.mark.optimized
@BOTH
def test_epsilon_0_returns_the_image_bit_for_bit(norm):
  for keywords in ({'restarts': 2, 'momentum': 0.5}, {'random_start': False}):
    assert np.asarray(attacked(norm=norm, epsilon=0.0, **keywords)).tobytes() == IMAGE.tobytes()


@BOTH
def test_steps_written_out_equal_steps_in_a_loop(norm):
  keywords = {'norm': norm, 'random_start': False, 'momentum': 0.3}
  np.testing.assert_allclose(attacked(unroll=True, **keywords), attacked(unroll=False, **keywords), atol=1e-6)


@pytest.mark.optimized
@BOTH
@pytest.mark.parametrize('momentum', (0.0, 0.9))
def test_every_path_stays_in_ball_and_box(norm, momentum):
  image = jnp.concatenate([BATCH['image'], BATCH['image'].round()])
  batch = {'image': image, 'label': jnp.concatenate([BATCH['label']] * 2)}
  moved = np.asarray(attacked(batch, norm=norm, epsilon=0.1, momentum=momentum, random_start=not momentum))
  change = (np.float64(moved) - np.float64(image)).reshape(12, -1)
  length = np.abs(change).max(-1) if norm == 'linf' else np.sqrt((change**2).sum(-1))
  assert (length <= 0.1).all() and (length > 0.05).any() and moved.min() >= 0 and moved.max() <= 1


def test_momentum_is_the_accumulated_normalised_gradient():
  gradient = lambda image: np.asarray(jax.grad(lambda x: curved.loss({**BATCH, 'image': x}).sum())(jnp.asarray(image)))
  image, velocity, visited = IMAGE, 0.0, [IMAGE]
  for _ in range(4):
    now = gradient(image)
    velocity = 0.9 * velocity + now / np.abs(now).sum((1, 2, 3), keepdims=True)
    image = np.clip(np.clip(image + 0.07 * np.sign(velocity), IMAGE - 0.2, IMAGE + 0.2), 0, 1)
    visited.append(image)
  best = np.argmax([loss(x) for x in visited], 0)
  with_momentum = attacked(random_start=False, momentum=0.9)
  np.testing.assert_allclose(with_momentum, np.stack(visited)[best, np.arange(6)], atol=1e-6)
  assert (with_momentum != attacked(random_start=False)).any()


def test_another_loss_is_climbed_instead_of_the_models():
  moved = attacked(model=linear, loss=lambda logits, label: logits[:, 1], random_start=False)
  np.testing.assert_allclose(moved, np.clip(IMAGE + 0.2 * np.sign(LINEAR[:, 1].reshape(3, 3, 1)), 0, 1), atol=1e-6)
  followed, crossed, margins = (attacked(loss=each, random_start=False) for each in (None, cross_entropy, margin))
  assert (crossed == followed).all() and (margins != followed).any()


def test_radius_and_step_may_be_traced():
  def run(epsilon, step_size):
    return pgd(threat_model('linf', epsilon), steps=4, step_size=step_size)(jax.random.key(7), BATCH, curved)['image']

  many = jax.jit(jax.vmap(run))(jnp.float32([0, 0.125, 0.25]), jnp.float32([0.1, 0.0625, 0.0625]))
  assert (many[0] == IMAGE).all()
  np.testing.assert_allclose(many[1], attacked(epsilon=0.125, step_size=0.0625), atol=1e-6)


def test_only_the_image_changes():
  attack = pgd(threat_model('linf', 0.2), steps=2, step_size=0.1, random_start=False)
  moved = jax.jit(lambda key: attack(key, BATCH, curved))(jax.random.key(7))
  assert set(moved) == set(BATCH) and all((moved[name] == BATCH[name]).all() for name in ('label', 'id'))
  assert (moved['image'] != BATCH['image']).any()


@pytest.mark.parametrize('norm, image', (('l2', True), ('l2', False), ('linf', False), ('linf', True)))
def test_no_gradient_flows_through_to_model_or_image(norm, image):
  attack = pgd(threat_model(norm, 0.2), steps=2, step_size=0.1, unroll=False, random_start=image)

  def total(scale):
    batch = {**BATCH, 'image': BATCH['image'] * (scale if image else 1.0)}
    return (attack(jax.random.key(7), batch, as_model(lambda x: curved.logits({'image': x}) * scale))['image'] ** 2).sum()

  value, gradient = jax.jit(jax.value_and_grad(total))(1.0)
  assert value > 0 and gradient == 0


def test_images_of_another_rank_are_attacked_alike():
  flat = {**BATCH, 'image': BATCH['image'].reshape(6, 9)}
  for keywords in ({'norm': 'linf', 'momentum': 0.5}, {'norm': 'l2'}):
    moved = attacked(flat, random_start=False, **keywords).reshape(IMAGE.shape)
    np.testing.assert_allclose(moved, attacked(random_start=False, **keywords), atol=1e-6)


def test_a_start_of_another_shape_is_refused():
  with pytest.raises(InputError, match=r'pgd: start is float32 \[5, 3'):
    attacked({**BATCH, 'start': jnp.ones((5, 3, 3, 1))})


@pytest.mark.parametrize(
  'label', (np.arange(6) % 3, np.zeros((6, 1), np.float32), LABEL[:3]), ids=('classes', 'column', 'rows')
)
def test_labels_of_another_shape_are_refused(label):
  for attack in (pgd(threat_model('linf', 0.2), steps=2, step_size=0.1), apgd(threat_model('linf', 0.2), steps=2)):
    with pytest.raises(InputError, match='label is .* must be .6, K. probabilities'):
      attack(jax.random.key(0), {'image': IMAGE, 'label': label}, curved)


def test_pixels_out_of_bounds_are_refused_where_they_are_known():
  bytes_as_floats = {**BATCH, 'image': 255 * IMAGE}
  for attack in (pgd(threat_model('linf', 0.2), steps=2, step_size=0.1), fab(threat_model('linf', 0.2), steps=2)):
    with pytest.raises(InputError, match='pixels from .* leave the bounds'):
      attack(jax.random.key(0), bytes_as_floats, curved)


def test_a_batch_of_bytes_is_refused():
  with pytest.raises(InputError, match='image is uint8'):
    attacked({**BATCH, 'image': jnp.zeros((6, 3, 3, 1), jnp.uint8)})


def test_a_raw_key_is_the_key_it_holds():
  attack = pgd(threat_model('linf', 0.2), steps=1, step_size=0.07)
  at = lambda key: attack(key, BATCH, curved)['image']
  np.testing.assert_array_equal(at(jax.random.key_data(jax.random.key(7))), at(jax.random.key(7)))


@pytest.mark.parametrize('step_size', (-0.1, float('nan'), np.float32([0.1, -0.1])), ids=str)
def test_steps_that_lead_nowhere_are_refused(step_size):
  for make in (pgd, friendly):
    with pytest.raises(InputError, match='step_size: .* must be a finite number'):
      make(threat_model('linf', 0.2), steps=1, step_size=step_size)


def test_labels_of_other_classes_and_images_in_half_precision_are_refused():
  ball, key = threat_model('l2', 0.2), jax.random.key(0)
  for attack in (fab(ball, steps=1), carlini_wagner(ball, steps=1, searches=1)):
    with pytest.raises(InputError, match='label has 4 classes, the model 3'):
      attack(key, {**BATCH, 'label': jnp.eye(4)[:1].repeat(6, 0)}, curved)
  with pytest.raises(InputError, match='image is bfloat16; an attack needs pixels of float32'):
    fab(ball, steps=1)(key, {**BATCH, 'image': BATCH['image'].astype(jnp.bfloat16)}, curved)


@pytest.mark.parametrize('keywords', ({'steps': -1}, {'restarts': 0}, {'restarts': 2, 'random_start': False}), ids=str)
def test_impossible_values_are_refused(keywords):
  with pytest.raises(InputError, match=f'pgd: .*{next(iter(keywords))}'):
    attacked(**keywords)


@BOTH
def test_no_key_is_used_twice(norm):
  attack = pgd(threat_model(norm, 0.2), steps=1, step_size=0.1, restarts=2)
  with jax.debug_key_reuse(True):  # raises where a key is
    assert jax.jit(lambda key: attack(key, BATCH, curved)['image'])(jax.random.key(7)).shape == IMAGE.shape


def test_on_the_golden_network_it_finds_no_less_than_clean_and_nearly_all_that_autoattack_found(root, golden):
  variables = load_cnn(root / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz')
  model = as_model(lambda image: CNN(10).apply(variables, image))
  image, label = golden['image'][:200] / np.float32(255), golden['label'][:200]
  batch = {'image': image, 'label': np.eye(10, dtype=np.float32)[label]}
  epsilon = float(golden['epsilon'])
  moved = attacked(batch, model, epsilon=epsilon, steps=20, step_size=epsilon / 5, restarts=2)
  assert np.abs(np.float64(moved) - image).max() <= epsilon
  robust = np.asarray(model.logits({'image': moved})).argmax(-1) == label
  clean, best = golden['logits'][:200].argmax(-1) == label, golden['robust_standard'][:200]
  assert not (robust & ~clean).any()
  assert best.mean() <= robust.mean() <= best.mean() + 0.04 and robust.mean() <= clean.mean()


def test_radius_step_and_number_of_steps_may_be_one_a_row():
  """A row gets what it would get alone."""
  radius, length, budget = (
    np.array(v, d) for v, d in (([0.0, 0.1, 0.2], np.float32), ([0.02, 0.05, 0.1], np.float32), ([4, 0, 2], int))
  )
  three = jax.tree.map(lambda a: a[:3], BATCH)
  run = lambda radius, length, budget, batch: pgd(
    threat_model('linf', radius), steps=budget, step_size=length, restarts=2, unroll=False
  )(jax.random.key(0), batch, curved)['image']
  together = jax.jit(run)(jnp.asarray(radius), jnp.asarray(length), jnp.asarray(budget), three)
  for i in range(3):
    alone = run(float(radius[i]), float(length[i]), int(budget[i]), jax.tree.map(lambda a: a[i : i + 1], three))
    np.testing.assert_allclose(together[i], alone[0], atol=1e-6)


def test_the_last_iterate_is_the_best_one_on_a_linear_model_and_saves_its_judgement():
  best, last = (
    attacked(model=linear, keep=keep, batch={**BATCH, 'label': BATCH['label'][:, :2]}) for keep in ('best', 'last')
  )
  np.testing.assert_allclose(best, last, atol=1e-6)
  with pytest.raises(InputError, match="pgd.keep: 'first' is unknown"):
    pgd(threat_model('linf', 0.1), steps=1, step_size=0.1, keep='first')
  with pytest.raises(InputError, match='restarts above 1'):
    pgd(threat_model('linf', 0.1), steps=1, step_size=0.1, restarts=2, keep='last')


@pytest.mark.optimized
def test_steps_written_out_are_kept_apart():
  """Memory does not grow with the steps: fused, each would compute the image anew from all steps before it."""
  batch = {'image': np.ones((16, 8, 8, 1), np.float32) / 2, 'label': np.eye(3, dtype=np.float32)[np.arange(16) % 3]}
  kernel = RNG.normal(size=(3, 3, 1, 3)).astype(np.float32)
  model = as_model(lambda image: models.convolve(image, kernel, (1, 1), 'SAME').mean((1, 2)))

  def bytes_of(attack):
    lowered = jax.jit(lambda key: attack(key, batch, model)['image']).lower(jax.random.key(0))
    return lowered.compile().memory_analysis().temp_size_in_bytes

  ball = threat_model('linf', 0.1)
  for attack in (lambda n: pgd(ball, steps=n, step_size=0.1, unroll=True), lambda n: apgd(ball, steps=n, unroll=True)):
    assert bytes_of(attack(4)) < 1.2 * bytes_of(attack(2))
