"""One arm explained, on an untrained network: the arrays are there, agree with each other and with the definitions."""

import jax
import numpy as np
import pytest

from jaxaug import data, evaluate, models, parallel
from jaxaug.evaluate.arm import Arm
from jaxaug.evaluate.explain_arm import measure_explain


def explained(tmp_path, network, **settings):
  splits = data.load({'source': 'digits', 'per_class': 10})
  variables = parallel.replicate(jax.jit(network.init)(jax.random.key(0), np.zeros((1, 8, 8, 1), np.float32)))
  asked = dict(examples=30, shown=3, steps=4, planes=4, grid=3, reach=1.0, fooled=2, train=50, top=2) | settings
  settings = evaluate.evaluation_settings(
    dict(batch_size=16, attack=dict(epsilon=0.3, steps=2, step_size=0.2), explain=asked)
  )
  keys = dict(zip(('attack', 'augment', 'sample'), jax.random.split(jax.random.key(1), 3)))
  arm = Arm('plain', {}, network, variables, 7, settings, splits, splits.test, tmp_path, keys, {}, {}, {}, {})
  measure_explain(arm)
  with np.load(tmp_path / 'explain-plain.npz', allow_pickle=False) as stored:
    return arm, dict(stored)


@pytest.fixture(scope='module')
def of_cnn(tmp_path_factory):
  return explained(tmp_path_factory.mktemp('cnn'), models.create('cnn', 10, widths=(4, 4, 4, 4), hidden=8))


def test_maps_are_of_the_first_images(of_cnn):
  arm, found = of_cnn
  image = arm.splits.test['image'][:3]
  assert (found['image'] == image).all() and (found['label'] == arm.splits.test['label'][:3].argmax(-1)).all()
  for name in ('saliency', 'integrated', 'grad_cam'):
    assert found[name].shape == (3, 8, 8) and np.isfinite(found[name]).all()
  logits = arm.logits_fn()(np.asarray(data.as_batch({'image': image})['image']))
  assert (found['answer'] == logits.argmax(-1)).all()
  assert arm.scores['explain'] == {
    'attack': 'PGD-2, Linf 0.3, step 0.2, 1 restart',
    'examples': 30,
    'planes': 4,
    'train': 50,
    'fooled': 2,
    'layer': 'conv3',
  }


def test_the_plane_has_the_clean_loss_in_its_middle_and_the_attack_on_its_right(of_cnn):
  arm, found = of_cnn
  few = data.as_batch({name: arm.splits.test[name][:4] for name in ('image', 'label')})
  assert found['plane_at'].tolist() == [-1, 0, 1]
  logits = np.asarray(arm.logits_fn()(np.asarray(few['image'])))
  loss = -(jax.nn.log_softmax(logits) * few['label']).sum(-1).mean()
  np.testing.assert_allclose(found['plane'][1, 1], loss, rtol=1e-5)
  assert found['plane'][1, 2] > found['plane'][1, 1]


def test_embeddings_hold_clean_and_attacked_images(of_cnn):
  _, found = of_cnn
  assert found['pca'].shape == found['tsne'].shape == (60, 2) and found['embedded'].shape == (30,)
  assert not np.allclose(found['pca'][:30], found['pca'][30:])


def test_fooled_images_were_right_before_and_influences_are_in_order(of_cnn):
  arm, found = of_cnn
  assert len(found['fooled']) == 2 and (found['fooled_label'] != found['fooled_answer']).all()
  helpful, harmful = found['helpful_influence'], found['harmful_influence']
  assert (helpful[:, 0] >= helpful[:, 1]).all() and (harmful[:, 0] <= harmful[:, 1]).all() and (harmful < helpful).all()
  assert found['helpful'].shape == (2, 2, 8, 8, 1)
  train = arm.splits.train
  rows = [np.flatnonzero((train['image'][:50] == image).all((1, 2, 3)))[0] for image in found['helpful'][0]]
  assert (train['label'][rows].argmax(-1) == found['helpful_label'][0]).all()


def test_a_network_without_maps_and_an_attack_that_fools_no_image(tmp_path):
  arm, found = explained(tmp_path, models.create('mlp', 10, hidden=(4,)), fooled=0)
  assert 'grad_cam' not in found and 'fooled' not in found and arm.scores['explain']['layer'] == ''
