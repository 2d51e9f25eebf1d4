"""Generators from a config, trained on the train split alone."""

import numpy as np
import pytest

from jaxaug.synthesize import generation, stages
from jaxaug.types import InputError


def test_a_test_example_in_fit_is_an_error():
  found, about = stages.split(dict(source='wine', test=0.4), dict(count=0, target=0, classes=()), 2)
  leaked = {**found, 'test_id': found['train_id'][:, :3]}
  with pytest.raises(AssertionError, match='fit: 3 test examples would be seen'):
    generation.train(leaked, about, {'name': 'edm'}, {'steps': 1}, 0, '')


def test_an_unknown_generator_is_told():
  with pytest.raises(InputError, match="generator.name: 'gna' is unknown"):
    generation.make_generator({'name': 'gna'}, (3,), 2)
  with pytest.raises(InputError, match='widht'):
    generation.make_generator({'name': 'edm', 'widht': 3}, (3,), 2)


@pytest.mark.parametrize('name', generation.GENERATORS)
def test_every_generator_can_be_made_from_a_config(name):
  import jax

  generator = generation.make_generator({'name': name}, (8, 8, 1), 3)
  state = jax.eval_shape(generator.init, jax.random.key(0))
  drawn = jax.eval_shape(generator.sample, state.ema, jax.random.key(1), np.zeros((5, 3), np.float32))
  assert drawn.shape == (5, 8, 8, 1)


def test_a_validation_slice_chooses_the_checkpoint(tmp_path, monkeypatch):
  monkeypatch.chdir(tmp_path)
  found, about = stages.split(dict(source='wine', test=0.4, validation=0.2), dict(count=0, target=0, classes=()), 2)
  section = dict(name='edm', width=8, depth=1, sample_steps=4)
  _, told = generation.train(found, about, section, dict(steps=6, batch_size=8, check_every=2), 0, '')
  assert not list(tmp_path.iterdir())  # without a folder nothing is left behind
  scores = np.array([row['score'] for row in told['history']])
  assert scores.shape == (3, 2) and (scores < 0).any() and len(found['validation_id'][0]) == 36
  collapsed = np.array([row['collapsed'] for row in told['history']])
  best = np.where(collapsed & ~collapsed.all(0), -np.inf, scores).argmax(0)
  np.testing.assert_array_equal(told['step'], 2 * (1 + best))
  assert {'spread', 'recall', 'class_agreement'} <= set(told['history'][0]) and told['collapsed'].shape == (2,)


def test_sound_comes_as_samples_or_as_a_picture():
  sound = np.random.default_rng(0).normal(size=(3, 256, 1)).astype(np.float32)
  for section, shape in (('wave', (256, 1)), (dict(name='spectrogram', fft=64, hop=16), (32, 16, 1))):
    codec = generation.codec_of('series', (256, 1), section)
    assert codec.encode(codec.fit(sound), sound).shape == (3, *shape)
