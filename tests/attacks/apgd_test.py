"""Auto-PGD: the reference's schedule, the exact optimum where it is known, its verdicts on the golden network."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks import apgd, apgd_targeted, margin, threat_model
from jaxaug.attacks.apgd import checkpoints
from jaxaug.models import CNN, as_model, load_cnn
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
LINEAR = np.float32(RNG.normal(size=(16, 5)))
IMAGE = RNG.random((8, 4, 4, 1), np.float32)
LABEL = np.eye(5, dtype=np.float32)[np.arange(8) % 5]
EACH = pytest.mark.parametrize('norm', ('linf', 'l2', 'l1'))
EPSILON = {'linf': 0.05, 'l2': 0.15, 'l1': 2.0}

linear = as_model(lambda image: image.reshape(len(image), -1) @ LINEAR)
# the own class far ahead: nothing inside the ball is misclassified, so that the best iterate comes back
ahead = as_model(lambda image: image.reshape(len(image), -1) @ LINEAR + 50 * LABEL)


@functools.cache
def compiled(attack, norm, epsilon, **keywords):
  made = attack(threat_model(norm, epsilon), unroll=False, **keywords)
  return jax.jit(lambda key, batch, model=ahead: made(key, batch, model)['image'])


def distance(norm, image, origin):
  change = (np.float64(image) - np.float64(origin)).reshape(len(image), -1)
  return {'linf': np.abs(change).max(-1), 'l2': np.sqrt((change**2).sum(-1)), 'l1': np.abs(change).sum(-1)}[norm]


def best_of_linear(norm, image, climb, epsilon):
  """Largest gain of a linear function in ball and box: exact for Linf and L1; for L2 away from the box."""
  x, g = image.reshape(len(image), -1), climb.reshape(len(image), -1)
  room = np.where(g > 0, 1 - x, x)
  if norm == 'linf':
    return (np.abs(g) * np.minimum(epsilon, room)).sum(-1)
  if norm == 'l2':
    return epsilon * np.sqrt((g**2).sum(-1))
  gains = []
  for size, space in zip(np.abs(g), room):
    order = np.argsort(-size)
    used = np.concatenate([[0], np.cumsum(space[order])[:-1]])
    gains.append((size[order] * np.clip(epsilon - used, 0, space[order])).sum())
  return np.array(gains)


@EACH
def test_it_reaches_the_exact_optimum_of_a_linear_model(norm):
  image = 0.4 + 0.2 * IMAGE if norm == 'l2' else IMAGE
  batch = {'image': image, 'label': np.eye(5, dtype=np.float32)[np.arange(8) % 5]}
  target = (np.arange(8) + 1) % 5
  aimed = as_model(
    lambda image: ahead.logits({'image': image}) * (LABEL + np.eye(5)[target]) - 99 * (1 - LABEL - np.eye(5)[target])
  )
  made = apgd(threat_model(norm, EPSILON[norm]), steps=60, loss='margin', unroll=False)
  moved = np.asarray(jax.jit(lambda key, batch: made(key, batch, aimed)['image'])(jax.random.key(0), batch))
  climb = (LINEAR[:, target] - LINEAR[:, np.arange(8) % 5]).T
  gain = ((moved - image).reshape(8, -1) * climb).sum(-1)
  best = best_of_linear(norm, image, climb, EPSILON[norm])
  assert (gain <= best + 1e-4).all() and (gain >= best * {'linf': 0.9999, 'l2': 0.995, 'l1': 0.95}[norm]).all()


@EACH
def test_nothing_leaves_ball_and_box_and_epsilon_0_changes_nothing(norm):
  batch = {'image': IMAGE.round(), 'label': LABEL}
  for loss in ('ce', 'dlr'):
    moved = np.asarray(compiled(apgd, norm, EPSILON[norm], steps=12, loss=loss)(jax.random.key(1), batch))
    assert moved.min() >= 0 and moved.max() <= 1 and (distance(norm, moved, batch['image']) <= EPSILON[norm]).all()
  still = np.asarray(compiled(apgd, norm, 0.0, steps=3)(jax.random.key(1), batch))
  assert still.tobytes() == batch['image'].tobytes()


@EACH
def test_it_begins_where_the_batch_says_projected(norm):
  corner = np.ones_like(IMAGE)  # outside the ball
  batch = {'image': IMAGE, 'label': LABEL, 'start': corner}
  blind = as_model(lambda image: jnp.zeros((len(image), 5)) + 50 * LABEL)  # no gradient, no loss that rises
  moved = jax.jit(lambda batch: apgd(threat_model(norm, 0.3), steps=1)(jax.random.key(0), batch, blind)['image'])(batch)
  np.testing.assert_allclose(moved, jax.vmap(threat_model(norm, 0.3).project)(corner, IMAGE), atol=1e-6)
  other = {'image': IMAGE, 'label': LABEL, 'start': IMAGE}
  run = compiled(apgd, norm, EPSILON[norm], steps=10)
  assert (run(jax.random.key(0), batch) != run(jax.random.key(0), other)).any()
  np.testing.assert_array_equal(run(jax.random.key(0), other), run(jax.random.key(1), other))  # nothing is drawn


@pytest.mark.parametrize('steps', (1, 5, 100))
def test_the_step_size_is_looked_at_when_the_reference_does(steps):
  at, windows = checkpoints(steps)
  if steps == 100:
    assert at.tolist() == [22, 41, 57, 70, 80, 87, 93, 99]
  assert (np.cumsum(windows) == at).all() and (at <= steps).all()


@EACH
def test_a_row_depends_on_itself_alone(norm):
  times = lambda rows, matrix: (rows[:, :, None] * matrix[None]).sum(1)  # sums in one order whatever the batch
  curved = lambda image: times(jnp.tanh(4 * times((image - 0.5).reshape(len(image), -1), LINEAR)), LINEAR[:5])
  made = apgd(threat_model(norm, EPSILON[norm]), steps=10, restarts=2, unroll=False)
  run = jax.jit(lambda batch: made(jax.random.key(3), batch, as_model(curved))['image'])
  batch = {'image': IMAGE, 'label': LABEL, 'id': np.arange(10, 18)}
  order = np.array([5, 2, 7, 0, 1, 6, 3, 4])
  whole = np.asarray(run(batch))
  np.testing.assert_allclose(run({k: v[order] for k, v in batch.items()}), whole[order], atol=1e-5)
  np.testing.assert_allclose(run({k: v[2:5] for k, v in batch.items()}), whole[2:5], atol=1e-5)


@pytest.mark.parametrize('attack, keywords', ((apgd, {'restarts': 3}), (apgd_targeted, {'targets': 3})))
def test_more_steps_and_runs_are_never_worse(attack, keywords):
  batch = {'image': IMAGE, 'label': LABEL}
  reached = lambda **k: np.asarray(
    margin(ahead.logits({'image': compiled(attack, 'linf', 0.05, **k)(jax.random.key(0), batch)}), LABEL)
  )
  few = {key: 1 for key in keywords}
  loss = {'loss': 'margin'}
  one = reached(steps=10, **few, **loss)
  if attack is apgd:
    assert (reached(steps=10, **keywords, **loss) >= one - 1e-4).all()  # the first run is the same
  assert (reached(steps=40, **few, **loss) >= one - 1e-3).all()


def test_misclassified_images_come_back_misclassified(golden, root):
  """On the golden network nothing that the reference holds robust is fooled, and much of what it fooled."""
  variables, network = load_cnn(root / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz'), CNN(10)
  model = as_model(lambda image: network.apply(variables, image))
  right = golden['logits'].argmax(-1) == golden['label']
  index = np.concatenate(
    [np.flatnonzero(right & ~golden['robust_standard'])[:12], np.flatnonzero(golden['robust_standard'])[:12]]
  )
  image = (golden['image'][index] / np.float32(255)).reshape(-1, 28, 28, 1)
  batch = {'image': image, 'label': np.eye(10, dtype=np.float32)[golden['label'][index]], 'id': index}
  made = apgd(threat_model('linf', 0.1), steps=40, loss='dlr', unroll=False)
  moved = jax.jit(lambda batch: made(jax.random.key(0), batch, model)['image'])(batch)
  still = np.asarray(model.logits({'image': moved}).argmax(-1)) == golden['label'][index]
  assert distance('linf', moved, image).max() <= 0.1
  assert still[12:].all() and still[:12].sum() <= 4


@pytest.mark.parametrize(
  'keywords, words',
  (
    ({'loss': 'cw'}, "apgd.loss: 'cw' is unknown"),
    ({'steps': 0}, 'steps 0'),
    ({'restarts': 0}, 'must be at least 1'),
    ({'rho': 0.0}, 'rho 0.0'),
  ),
)
def test_bad_arguments_are_named(keywords, words):
  with pytest.raises(InputError, match=words):
    apgd(threat_model('linf', 0.1), **keywords)
  with pytest.raises(InputError, match="'ce' is unknown"):
    apgd_targeted(threat_model('linf', 0.1), loss='ce')
