"""Series of different length: padding that is never read, lengths that are those of train, attributes that are followed."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import synthesize
from jaxaug.synthesize import edm, gan
from jaxaug.synthesize.generation import make_generator
from jaxaug.synthesize.generator import evaluated
from jaxaug.synthesize.lengths import mask_of
from jaxaug.synthesize.series_codec import lengths, series_codec
from jaxaug.types import InputError

STEPS, CLASSES = 9, np.eye(2, dtype=np.float32)
MAKERS = {
  'edm': lambda shape, classes, **given: edm(
    shape, classes, **{**dict(network='series', width=4, depth=1, drop=0.2, lengths=True, sample_steps=3), **given}
  ),
  'gan': lambda shape, classes, **given: gan(
    shape, classes, **{**dict(preset='series', width=4, latent=4, discriminator_steps=2, lengths=True), **given}
  ),
}


def series(count=64):
  """Class 0 has 3 or 4 steps, class 1 has 7 to 9; values are 1 and -1 with some noise."""
  random = np.random.default_rng(0)
  label = random.integers(0, 2, count)
  length = np.where(label == 0, random.integers(3, 5, count), random.integers(7, 10, count))
  values = (1 - 2 * label)[:, None, None] + 0.1 * random.normal(size=(count, STEPS, 1))
  return np.where(np.arange(STEPS)[None, :, None] < length[:, None, None], values, 0).astype(np.float32), label, length


def test_the_mask_of_a_condition():
  for length in range(STEPS + 1):
    found = mask_of(jnp.array([[7.0, np.float32(length / STEPS)]]), STEPS)
    assert found.shape == (1, STEPS, 1) and found[0, :, 0].tolist() == [1.0] * length + [0.0] * (STEPS - length)


@pytest.mark.parametrize('name', MAKERS)
def test_padding_never_reaches_loss_or_gradient(name):
  rows, label, length = series(8)
  codec = series_codec()
  encoded = codec.encode(codec.fit(rows), rows)
  padding = np.arange(STEPS)[None, :, None] >= length[:, None, None]
  other = np.where(np.concatenate([padding, np.zeros_like(padding)], 2), 1e6, encoded).astype(np.float32)
  inside = np.where(np.concatenate([~padding, np.zeros_like(padding)], 2), encoded + 1, encoded).astype(np.float32)
  generator = MAKERS[name]((STEPS, 2), 2)
  run, state = jax.jit(lambda state, batch: generator.update(state, batch, None)), jax.jit(generator.init)(jax.random.key(0))
  plain = lambda state: state._replace(key=jax.random.key_data(state.key))
  found = [run(state, {'encoded': rows, 'condition': CLASSES[label]}) for rows in (encoded, other, inside)]
  found = [(plain(after), metrics) for after, metrics in found]
  for a, b in zip(jax.tree.leaves(found[0]), jax.tree.leaves(found[1])):
    np.testing.assert_array_equal(a, b)
  assert any((a != b).any() for a, b in zip(jax.tree.leaves(found[0]), jax.tree.leaves(found[2])))
  drawn = np.asarray(jax.jit(generator.sample)(evaluated(found[0][0]), jax.random.key(1), CLASSES[[0, 1] * 4]))
  assert drawn.shape == (8, STEPS, 2)
  assert not drawn[..., 0][drawn[..., 1] < 0].any() and set(np.unique(drawn[..., 1])) <= {-0.5, 0.5}


def test_the_loss_is_the_mean_over_steps_that_are_there():
  """A network that starts at zero denoises to c_skip y, whatever follows the end: a short series costs what a long one does."""
  generator = MAKERS['edm']((400, 2), 0, drop=0.0, network='row')
  state = jax.jit(generator.init)(jax.random.key(0))
  run = jax.jit(lambda state, batch: generator.update(state, batch, None)[1]['loss'])
  value = {}
  for length in (100, 400):
    there = np.arange(400)[None, :, None] < length
    encoded = np.concatenate([0 * there, np.where(there, 0.5, -0.5)], 2).repeat(64, 0).astype(np.float32)
    value[length] = float(run(state, {'encoded': encoded, 'condition': np.zeros((64, 0), np.float32)}))
  np.testing.assert_allclose(value[100], value[400], rtol=0.05)


@pytest.mark.parametrize('name', MAKERS)
def test_lengths_are_those_of_the_class(name):
  rows, label, length = series()
  codec = series_codec()
  learnt = codec.fit(rows)
  given = dict(network='row', width=32, sample_steps=12, ema=0.98) if name == 'edm' else {}
  generator = MAKERS[name]((STEPS, 2), 2, learning_rate=2e-3, **given)
  examples = {'encoded': codec.encode(learnt, rows), 'condition': CLASSES[label]}
  found = synthesize.fit(generator, examples, jax.random.key(0), steps=200, batch_size=32, check_every=200)
  asked = np.repeat([0, 1], 300)
  made = codec.decode(learnt, np.asarray(jax.jit(generator.sample)(found.variables, jax.random.key(1), CLASSES[asked])))
  assert codec.valid(learnt, made).mean() > 0.97  # a softmax rules no length out for good
  for k in (0, 1):
    real, drawn = (np.bincount(a, minlength=STEPS + 1) / len(a) for a in (length[label == k], lengths(made[asked == k])))
    assert np.abs(real - drawn).sum() / 2 < 0.15
  if name == 'edm':
    mean = [made[asked == k].sum() / lengths(made[asked == k]).sum() for k in (0, 1)]
    np.testing.assert_allclose(mean, [1, -1], atol=0.3)


def test_attributes_are_followed():
  """Real numbers as the condition: series of the height that is asked for, between those it was trained on, too."""
  random = np.random.default_rng(0)
  height = random.uniform(-1, 1, (256, 1)).astype(np.float32)
  encoded = (height[:, None] + 0.05 * random.normal(size=(256, 8, 1))).astype(np.float32)
  generator = edm((8, 1), 1, network='series', width=8, depth=1, learning_rate=5e-3, ema=0.98)
  examples = {'encoded': encoded, 'condition': height}
  found = synthesize.fit(generator, examples, jax.random.key(0), steps=200, batch_size=64, check_every=200)
  asked = np.float32([[-0.8], [0.1], [0.8]]).repeat(20, 0)
  drawn = np.asarray(jax.jit(generator.sample)(found.variables, jax.random.key(1), asked))
  np.testing.assert_allclose(drawn.reshape(3, -1).mean(1), [-0.8, 0.1, 0.8], atol=0.25)


@pytest.mark.parametrize('name', MAKERS)
def test_a_shape_without_a_mask_is_told(name):
  with pytest.raises(InputError, match=r'lengths: \(9, 1\) must be \(T, C \+ 1\)'):
    MAKERS[name]((STEPS, 1), 2)


@pytest.mark.parametrize('section', (dict(name='edm', network='series'), dict(name='gan', preset='series')))
def test_a_config_reaches_it(section):
  generator = make_generator({**section, 'width': 2, 'lengths': True}, (STEPS, 2), 2)
  state = jax.eval_shape(generator.init, jax.random.key(0))
  assert set(state.params) == {'series', 'length'}
  drawn = jax.eval_shape(generator.sample, evaluated(state), jax.random.key(1), CLASSES)
  assert drawn.shape == (2, STEPS, 2)
