"""The VAE: its loss against the formula, codes that an attack can walk in, and that it learns."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, synthesize
from jaxaug.models import VAE, as_model
from jaxaug.synthesize import vae, vae_codes
from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.vae import gaussian_kl
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)
CLASSES = np.eye(2, dtype=np.float32)
ROWS = {'encoded': RANDOM.uniform(-1, 1, (6, 3)).astype(np.float32), 'condition': CLASSES[[0, 1] * 3]}


def test_the_divergence_of_two_gaussians():
  mean, log_variance = np.float32([[0.0, 0.0], [1.0, -2.0]]), np.float32([[0.0, 0.0], [0.5, -1.0]])
  found = gaussian_kl(mean, log_variance)
  assert found[0] == 0
  z = mean[1] + np.exp(log_variance[1] / 2) * RANDOM.normal(size=(200_000, 2))
  ours = -(((z - mean[1]) ** 2) / np.exp(log_variance[1]) + log_variance[1]).sum(1) / 2
  np.testing.assert_allclose(found[1], (ours + (z**2).sum(1) / 2).mean(), rtol=0.02)


@pytest.mark.parametrize('likelihood', ('gaussian', 'bernoulli'))
def test_the_loss_is_the_formula(likelihood):
  generator = vae((3,), 2, latent=2, width=8, beta=0.3, likelihood=likelihood)
  state = jax.jit(generator.init)(jax.random.key(0))
  last, metrics = jax.jit(lambda state: generator.update(state, ROWS, None))(state)
  network, variables = VAE((3,), 2, 8), {'params': state.params['network']}
  x, condition = ROWS['encoded'], ROWS['condition']
  mean, log_variance = network.apply(variables, x, condition, method='encode')
  z = mean + np.exp(log_variance / 2) * jax.random.normal(jax.random.fold_in(state.key, 0), (6, 2))
  y = np.asarray(network.apply(variables, z, condition, method='decode'))
  if likelihood == 'gaussian':
    sigma = np.asarray(metrics['sigma'])
    wanted = (x - y) ** 2 / (2 * sigma**2) + np.log(sigma) + np.log(2 * np.pi) / 2
    np.testing.assert_allclose(sigma, 0.5, rtol=1e-4)
  else:
    p = 1 / (1 + np.exp(-y))
    wanted = -(x + 1) / 2 * np.log(p) - (1 - x) / 2 * np.log(1 - p)
  np.testing.assert_allclose(metrics['reconstruction'], wanted.sum(1).mean(), rtol=1e-4)
  np.testing.assert_allclose(metrics['kl'], gaussian_kl(mean, log_variance).mean(), rtol=1e-4)
  np.testing.assert_allclose(metrics['loss'], metrics['reconstruction'] + 0.3 * metrics['kl'], rtol=1e-5)
  assert ('sigma' in metrics) == (likelihood == 'gaussian')
  assert last.step == 1 and (last.params['sigma'] != state.params['sigma']) == (likelihood == 'gaussian')


def test_two_devices_stay_the_same():
  generator = vae((3,), 2, latent=2, width=8)
  state = jax.jit(generator.init)(jax.random.key(0))
  parts = jax.tree.map(lambda a: a.reshape(2, 3, *a.shape[1:]), ROWS)
  run = jax.pmap(lambda state, batch: generator.update(state, batch, 'device'), axis_name='device', in_axes=(None, 0))
  both, metrics = run(state, parts)
  for leaf in jax.tree.leaves((both.params, both.ema, metrics)):
    np.testing.assert_array_equal(leaf[0], leaf[1])


@pytest.mark.parametrize('likelihood', ('gaussian', 'bernoulli'))
def test_draws_with_and_without_noise(likelihood):
  make = lambda draw: vae((3,), 2, latent=2, width=8, likelihood=likelihood, draw=draw)
  middle, noisy = make('middle'), make('noisy')
  variables = evaluated(jax.jit(middle.init)(jax.random.key(0)))
  condition = CLASSES[[0] * 2000]
  one, other = (np.asarray(jax.jit(g.sample)(variables, jax.random.key(1), condition)) for g in (middle, noisy))
  if likelihood == 'gaussian':
    np.testing.assert_allclose((other - one).std(), 0.5, rtol=0.05)
  else:
    assert set(np.unique(other)) == {-1.0, 1.0} and abs((other - one).mean()) < 0.05
  changed = jax.jit(middle.sample)(variables, jax.random.key(1), CLASSES[[0] + [1] * 1999])
  np.testing.assert_allclose(changed[0], one[0], atol=1e-6)


def test_codes_carry_a_latent_attack():
  shape = (8, 8, 1)
  generator = vae(shape, 2, latent=3, width=2)
  variables = evaluated(jax.jit(generator.init)(jax.random.key(0)))
  encode, decode = vae_codes(shape, variables, CLASSES[1], latent=3, width=2)
  image = RANDOM.random((4, *shape)).astype(np.float32)
  code = encode(image)
  assert code.shape == (4, 3) and decode(code).shape == image.shape
  assert decode(100 * code).min() >= 0 and decode(100 * code).max() <= 1
  np.testing.assert_allclose(encode(image[2:3]), code[2:3], atol=1e-5)
  weights = RANDOM.normal(size=(64, 2)).astype(np.float32)
  model = as_model(lambda image: image.reshape(len(image), -1) @ weights)
  batch = {'image': jnp.asarray(image), 'label': CLASSES[[0, 1, 0, 1]]}
  attack = augment.latent_ball(encode, decode, epsilon=1.0, steps=2, step_size=0.5)
  found = jax.jit(lambda key, batch: attack(key, batch, model))(jax.random.key(0), batch)
  start = model.loss({**batch, 'image': decode(code)})
  assert (model.loss(found) >= start - 1e-5).all() and (model.loss(found) > start).any()
  each = vae_codes(shape, variables, CLASSES[[1, 1, 1, 1]], latent=3, width=2)[0]
  np.testing.assert_allclose(each(image), code, atol=1e-6)


def test_a_trained_vae_carries_a_latent_attack_that_stays_among_the_data():
  """Bars, upright or level, at any of eight places: what the attack finds is a bar of its kind still, and harder than the image."""
  place, label = RANDOM.integers(0, 8, 256), RANDOM.integers(0, 2, 256)
  image = np.zeros((256, 8, 8, 1), np.float32)
  for row, (k, n) in enumerate(zip(label, place)):
    image[(row, slice(None), n) if k else (row, n)] = 1.0
  generator = vae((8, 8, 1), latent=4, width=8, learning_rate=1e-2, ema=0.9, beta=0.5)
  examples = {'encoded': 2 * image - 1, 'condition': np.zeros((256, 0), np.float32)}
  found = synthesize.fit(generator, examples, jax.random.key(0), steps=150, batch_size=64)
  encode, decode = vae_codes((8, 8, 1), found.variables, latent=4, width=8)
  batch = {'image': jnp.asarray(image[:64]), 'label': jnp.asarray(CLASSES[label[:64]])}
  made = jax.jit(lambda image: decode(encode(image)))(batch['image'])
  assert np.square(made - batch['image']).mean() < 0.5 * np.square(image - image.mean(0)).mean()
  level = lambda image: image.mean(2).max((1, 2)) - image.mean(1).max((1, 2))  # above 0 for a level bar
  is_kind = lambda image, label: (level(image) < 0) == (label.argmax(-1) == 1)
  weights = RANDOM.normal(size=(64, 2)).astype(np.float32)
  model = as_model(lambda image: image.reshape(len(image), -1) @ weights)
  attack = augment.latent_ball(encode, decode, epsilon=1.0, steps=5, step_size=0.4, gate=is_kind)
  found = jax.jit(lambda key: attack(key, batch, model))(jax.random.key(0))
  passed = np.asarray(is_kind(made, batch['label']))
  before, after = model.loss({**batch, 'image': made}), model.loss(found)
  assert passed.mean() > 0.9 and (after >= before - 1e-5)[passed].all() and (after > before + 0.1)[passed].mean() > 0.6
  assert is_kind(found['image'], batch['label']).all()
  noisy = np.clip(batch['image'] + 0.5 * RANDOM.normal(size=batch['image'].shape), 0, 1)
  off = lambda image: np.square(np.asarray(decode(encode(image))) - image).mean()
  assert off(found['image']) < 0.5 * off(noisy)  # noise leaves the data, the attack does not


def test_it_learns_two_classes():
  label = RANDOM.integers(0, 2, 512)
  encoded = (np.where(label == 0, -0.5, 0.5)[:, None] + 0.1 * RANDOM.normal(size=(512, 2))).astype(np.float32)
  generator = vae((2,), 2, latent=2, width=32, learning_rate=3e-3, ema=0.98, draw='noisy')
  examples = {'encoded': encoded, 'condition': CLASSES[label]}
  found = synthesize.fit(generator, examples, jax.random.key(0), steps=400, batch_size=128, steps_per_call=50)
  drawn = np.asarray(jax.jit(generator.sample)(found.variables, jax.random.key(1), CLASSES[[0] * 300 + [1] * 300]))
  np.testing.assert_allclose(drawn.reshape(2, 300, 2).mean(1), [[-0.5] * 2, [0.5] * 2], atol=0.05)
  np.testing.assert_allclose(drawn[:300].std(0), 0.1, atol=0.03)


@pytest.mark.parametrize(
  ('given', 'told'),
  (
    (dict(shape=(6, 8, 1)), r'vae.shape: \(6, 8, 1\) must be \(H, W, C\)'),
    (dict(shape=(3,), latent=0), 'vae: latent 0 must be at least 1'),
    (dict(shape=(3,), likelihood='normal'), "vae.likelihood: 'normal' is unknown"),
    (dict(shape=(3,), draw='mean'), "vae.draw: 'mean' is unknown"),
    (dict(shape=(3,), beta=-1.0), 'vae: beta -1.0 must be at least 0'),
  ),
)
def test_bad_input_is_told(given, told):
  with pytest.raises(InputError, match=told):
    vae(**given)
  with pytest.raises(InputError, match=r'vae_codes.shape: \(3,\) must be'):
    vae_codes((3,), {})
