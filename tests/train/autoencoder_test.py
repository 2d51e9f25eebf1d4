"""Training an autoencoder: what it reads, what it keeps, and who may use it."""

import sys

import jax
import numpy as np
import pytest

from jaxaug import data, evaluate, models, train
from jaxaug.train.autoencoder import autoencoders_of_seed
from jaxaug.train.loop import train_arm
from jaxaug.types import InputError

SMALL = dict(code=8, widths=(8, 16), steps=100, batch_size=32, learning_rate=0.01)


@pytest.fixture(scope='module')
def splits():
  return data.load({'source': 'digits', 'per_class': 40})


@pytest.fixture(scope='module')
def stored(splits, tmp_path_factory):
  path = tmp_path_factory.mktemp('autoencoder') / 'deep' / 'digits.npz'
  return train.fit_autoencoder(splits, path, **SMALL), path


def test_the_error_falls_below_that_of_the_mean_image(stored, splits):
  found = stored[0].about['validation']
  assert found['examples'] == len(splits.validation['id']) and found['error'] < 0.7 * found['spread']
  image = data.as_batch({'image': splits.validation['image']})['image']
  error = np.square(np.asarray(stored[0].decode(stored[0].encode(image))) - image).mean()
  assert found['error'] == pytest.approx(error, rel=1e-3)
  right = (np.asarray(stored[0].logits(image)).argmax(-1) == splits.validation['label'].argmax(-1)).mean()
  assert found['accuracy']['value'] == pytest.approx(right) and right > 0.3


def test_codes_have_mean_0_and_deviation_1_over_train(stored, splits):
  codes = np.asarray(stored[0].encode(data.as_batch({'image': splits.train['image']})['image']))
  np.testing.assert_allclose(codes.mean(0), 0, atol=1e-3)
  np.testing.assert_allclose(codes.std(0), 1, atol=1e-3)


def test_the_file_says_where_it_comes_from(stored, splits):
  again = models.read_autoencoder(stored[1])
  assert again.about['source'] == 'digits' and again.about['fingerprint'] == data.fingerprint(splits)
  assert again.about['training']['steps'] == 100 and again.about['provenance']['seed'] == 0
  assert set(again.id) == set(splits.train['id'])


def test_only_train_is_read_and_the_seed_repeats_it(stored, splits):
  spoilt = splits._replace(
    **{
      part: {**getattr(splits, part), 'image': np.zeros_like(getattr(splits, part)['image'])}
      for part in ('validation', 'test')
    }
  )
  same = train.fit_autoencoder(spoilt, **SMALL)
  assert all((a == b).all() for a, b in zip(leaves(same), leaves(stored[0])))


def leaves(found):
  return jax.tree.leaves((found.params, found.classifier_params, found.center, found.scale))


CONFIG = dict(
  model=dict(name='mlp', hidden=(8,)),
  data=dict(source='digits', per_class=40),
  train=dict(steps=3, batch_size=64, log_every=3, evaluate_every=3),
  evaluate=dict(attack={}, validation_steps=0),
)


def arm(path, **augment):
  names = dict(names=('latent_ball',), latent_ball=dict(autoencoder=str(path), steps=1))
  return evaluate.arms_of({**CONFIG, 'augment': names | augment})['main']


def test_an_arm_trains_on_it_and_makes_it_where_it_is_missing(stored, splits, tmp_path, monkeypatch, capsys):
  assert train_arm('main', arm(stored[1]), splits)(tmp_path / 'run')['taken'] == 3
  module = sys.modules['jaxaug.train.autoencoder']
  fit = module.fit_autoencoder
  monkeypatch.setattr(module, 'fit_autoencoder', lambda splits, path: fit(splits, path, **SMALL, seed=1))
  path = tmp_path / 'new.npz'
  train.prepare_autoencoders(arm(path)['augment'], splits)
  found = models.read_autoencoder(path)
  assert set(found.id) == set(splits.train['id'])
  assert any((a != b).any() for a, b in zip(leaves(found), leaves(stored[0])))  # another seed, other weights
  assert 'an autoencoder is trained on the 400 training images first' in capsys.readouterr().out


def test_one_that_knows_the_test_examples_is_refused(stored, splits):
  with pytest.raises(InputError, match='was trained on .* of the (validation|test) examples of this run'):
    train_arm('main', arm(stored[1]), data.load({'source': 'digits', 'per_class': 40, 'seed': 5}))
  with pytest.raises(InputError, match='augment.latent_ball.autoencoder: names no file'):
    train_arm('main', arm(''), splits)
  renamed = splits._replace(info=splits.info._replace(name='others'))
  with pytest.raises(InputError, match="was trained on 'digits', this run is on 'others'"):
    train.prepare_autoencoders(arm(stored[1])['augment'], renamed)
  train.prepare_autoencoders({'names': ('mixup',), 'latent_ball': {'autoencoder': 'missing.npz'}}, splits)  # unused


def test_bad_settings_are_refused(splits):
  with pytest.raises(InputError, match='steps 0'):
    train.fit_autoencoder(splits, steps=0)
  with pytest.raises(InputError, match='batch_size: 401'):
    train.fit_autoencoder(splits, batch_size=401)
  with pytest.raises(FloatingPointError, match='error nan at step'):
    train.fit_autoencoder(splits, **SMALL | {'learning_rate': float('inf'), 'steps': 2})


def test_every_seed_has_a_file_of_its_own():
  path = lambda name: {'autoencoder': name, 'steps': 2}
  config = {
    'augment': {'names': (), 'latent_ball': path('runs/a.npz'), 'mixup': {'alpha': 1.0}},
    'arms': {'line': {'augment': {'latent_line': path('b.npz')}}, 'plain': {'seed': 1}},
  }
  found = autoencoders_of_seed(config, 3)
  assert found == {
    'augment': {'names': (), 'latent_ball': path('runs/a-seed-3.npz'), 'mixup': {'alpha': 1.0}},
    'arms': {'line': {'augment': {'latent_line': path('b-seed-3.npz')}}, 'plain': {'seed': 1}},
  }
  assert config['augment']['latent_ball'] == path('runs/a.npz') and autoencoders_of_seed({'seed': 1}, 3) == {'seed': 1}
