"""Latent adversaries against closed forms: a linear code, a linear model, a gate that is a half-space."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, models
from jaxaug.augment import latent_ball, latent_line
from jaxaug.types import InputError, Model

RNG = np.random.default_rng(0)
BASIS = np.linalg.qr(RNG.normal(size=(9, 4)))[0].astype(np.float32)  # [9, 4], orthonormal columns
IMAGE = RNG.uniform(0.3, 0.7, (6, 3, 3, 1)).astype(np.float32)
LABEL = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2]]
WEIGHT = RNG.normal(size=9).astype(np.float32)
encode = lambda image: image.reshape(len(image), -1) @ BASIS
decode = lambda code: (code @ BASIS.T).reshape(len(code), 3, 3, 1)
climb = lambda batch: batch['image'].reshape(len(batch['image']), -1) @ WEIGHT
MODEL = Model(logits=None, loss=climb)
BATCH = {'image': IMAGE, 'label': LABEL, 'id': np.arange(6)}
UP = BASIS.T @ WEIGHT / np.linalg.norm(BASIS.T @ WEIGHT)  # the steepest way in the code


def run(made, batch=BATCH, model=MODEL, key=0):
  return np.asarray(jax.jit(lambda key: made(key, batch, model)['image'])(jax.random.key(key)))


def ball(steps=5, gate=None, epsilon=0.3, step_size=0.1):
  return latent_ball(encode, decode, epsilon=epsilon, steps=steps, step_size=step_size, gate=gate)


def test_the_ball_ends_at_the_optimum_of_a_linear_model():
  expected = decode(encode(IMAGE) + 0.3 * UP[None])
  np.testing.assert_allclose(run(ball()), expected, atol=1e-4)
  assert (np.linalg.norm(encode(run(ball(20, step_size=9.0))) - encode(IMAGE), axis=-1) < 0.3 + 1e-6).all()
  np.testing.assert_allclose(run(ball(0)), decode(encode(IMAGE)), atol=1e-6)
  np.testing.assert_allclose(run(ball(epsilon=0.0)), decode(encode(IMAGE)), atol=1e-6)


def test_more_steps_are_never_worse_on_a_curved_loss():
  curved = Model(logits=None, loss=lambda batch: jnp.sin(7 * climb(batch)))
  losses = [np.sin(7 * climb({'image': run(ball(steps), model=curved)})) for steps in range(6)]
  assert all((after >= before - 1e-6).all() for before, after in zip(losses, losses[1:]))


def test_the_gate_stops_the_climb_and_halving_comes_near_it():
  limit = 0.17
  gate = lambda image, label: (encode(image) - encode(IMAGE)) @ UP <= limit
  along = (encode(run(ball(12, gate))) - encode(IMAGE)) @ UP
  assert (along <= limit).all() and (along > limit - 0.01).all()


def test_rows_that_no_gate_lets_pass_keep_their_image_bit_for_bit():
  gate = lambda image, label: label.argmax(-1) == 1
  for made in (ball(3, gate), latent_line(encode, decode, gate=gate)):
    moved = run(made)
    own = LABEL.argmax(-1) == 1
    assert (moved[~own] == IMAGE[~own]).all() and (moved[own] != IMAGE[own]).any((1, 2, 3)).all()


def test_a_row_that_starts_outside_the_gate_may_walk_into_it():
  gate = lambda image, label: (encode(image) - encode(IMAGE)) @ UP >= 0.25
  along = (encode(run(ball(5, gate))) - encode(IMAGE)) @ UP
  np.testing.assert_allclose(along, 0.3, atol=1e-3)


def test_rows_do_not_depend_on_their_company_and_nan_is_the_worst():
  few = {field: values[2:4] for field, values in BATCH.items()}
  np.testing.assert_allclose(run(ball())[2:4], run(ball(), few), atol=1e-6)
  limit = climb({'image': decode(encode(IMAGE))}) + 0.05
  broken = Model(logits=None, loss=lambda batch: jnp.where(climb(batch) > limit, jnp.nan, climb(batch)))
  moved = run(ball(), model=broken)
  assert np.isfinite(moved).all() and (climb({'image': moved}) > limit).all()


def test_no_gradient_flows_and_other_entries_stay():
  for made in (ball(2), latent_line(encode, decode)):
    through = lambda image: made(jax.random.key(0), {**BATCH, 'image': image}, MODEL)['image'].sum()
    assert not np.asarray(jax.grad(through)(jnp.asarray(IMAGE))).any()
    out = made(jax.random.key(0), BATCH, MODEL)
    assert out['label'] is BATCH['label'] and out['id'] is BATCH['id']


def test_the_line_takes_the_worst_share_before_the_gate_closes():
  partner = np.asarray(jax.random.permutation(jax.random.key(3), 6))
  start = encode(IMAGE)
  way = start[partner] - start
  shares = np.linspace(0, 0.8, 9, dtype=np.float32)
  limit = 0.35  # the gate closes for good beyond it, then opens once more, which must not count

  def gate(image, label):
    share = ((encode(image) - start) * way).sum(-1) / np.maximum((way**2).sum(-1), 1e-12)
    return (share <= limit) | (share > 0.75)

  moved = run(latent_line(encode, decode, points=9, reach=0.8, gate=gate), key=3)
  for row in range(6):
    tried = decode(start[row][None] + shares[shares <= limit][:, None] * way[row][None])
    np.testing.assert_allclose(climb({'image': moved[row : row + 1]}), climb({'image': tried}).max(), atol=1e-5)
  free = run(latent_line(encode, decode, points=9, reach=0.8), key=3)
  assert (climb({'image': free}) >= climb({'image': moved}) - 1e-6).all()
  np.testing.assert_allclose(run(latent_line(encode, decode, points=1)), decode(start), atol=1e-6)


def test_a_gate_of_a_classifier_is_its_first_choice_with_confidence():
  logits = np.log(np.array([[0.6, 0.3, 0.1], [0.4, 0.35, 0.25], [0.1, 0.8, 0.1]], np.float32))
  label = np.eye(3, dtype=np.float32)[[0, 0, 0]]
  for confidence, expected in ((0.0, [True, True, False]), (0.5, [True, False, False]), (0.7, [False] * 3)):
    assert augment.gate_of(lambda image: jnp.asarray(logits), confidence)(IMAGE[:3], label).tolist() == expected


def test_bad_values_are_refused(tmp_path):
  small = lambda code: decode(code)[:, :2]
  for make, words in (
    (lambda: ball(-1), 'latent_ball.steps: -1'),
    (lambda: latent_line(encode, decode, points=0), 'points 0'),
    (lambda: latent_line(encode, decode, reach=1.5), 'reach 1.5'),
    (lambda: augment.gate_of(None, 2.0), 'confidence: 2.0'),
    (lambda: augment.stored_latent_ball(epsilon=-1.0), 'epsilon -1.0'),
    (lambda: augment.stored_latent_line(confidence=-1.0), 'confidence -1.0'),
    (lambda: run(latent_ball(encode, small, epsilon=1.0, steps=1, step_size=0.1)), r'decode makes images of \(2, 3, 1\)'),
    (lambda: run(ball(), {**BATCH, 'image': (255 * IMAGE).astype(np.uint8)}), 'latent_ball: image is uint8'),
    (lambda: run(augment.create(('latent_ball',))), 'augment.latent_ball.autoencoder: names no file'),
    (lambda: run(augment.create(('latent_line',), latent_line={'autoencoder': str(tmp_path / 'no.npz')})), 'no.npz'),
    (lambda: augment.create(('latent_ball',), latent_ball={'radius': 1.0}), "augment.latent_ball: 'radius' is unknown"),
  ):
    with pytest.raises(InputError, match=words):
      make()
  assert callable(augment.create((), latent_ball={'autoencoder': str(tmp_path / 'no.npz')}))  # unused settings wait


def test_from_a_file_the_loss_rises_and_the_gate_holds(tmp_path):
  path, image = str(tmp_path / 'autoencoder.npz'), RNG.random((12, 8, 8, 1), np.float32)
  network, classifier = models.Autoencoder((8, 8, 1), 4, (3, 3)), models.CNN(3, (2, 2, 2, 2), 4)
  params, others = (
    jax.jit(module.init)(jax.random.key(i), image)['params'] for i, module in enumerate((network, classifier))
  )
  params, others = jax.tree.map(lambda weight: 3 * weight, (params, others))  # untrained ones hardly answer to a code
  zero, one = np.zeros(4, np.float32), np.ones(4, np.float32)
  stored = models.StoredAutoencoder(network, params, zero, one, classifier, others, {}, np.arange(12))
  models.save_autoencoder(path, stored)
  plain = jax.jit(lambda image: stored.decode(stored.encode(image)))(image)
  label = jax.nn.one_hot(jax.jit(stored.logits)(plain).argmax(-1), 3)  # so that all that is decoded passes as it is
  batch = {'image': jnp.asarray(image), 'label': label}
  model = models.as_model(lambda image: -stored.logits(image))  # at odds with the gate: what it likes, the gate does not
  for name, settings in (('latent_ball', {'steps': 2, 'epsilon': 3.0}), ('latent_line', {})):
    made = augment.create((name,), **{name: {'autoencoder': path, 'confidence': 0.0, **settings}})
    moved = jnp.asarray(run(made, batch, model))
    assert jax.jit(augment.gate_of(stored.logits))(moved, label).all()
    losses = jax.jit(lambda image: model.loss({**batch, 'image': image}))
    rise = losses(moved) - losses(plain)
    assert (rise >= -1e-5).all() and rise.max() > 1e-4
