"""Curves of several attacks: a gradient hurts more than chance, radius 0 is clean, larger radii hurt more."""

import jax
import numpy as np
import pytest

from jaxaug import data, evaluate, models, parallel
from jaxaug.evaluate.arm import Arm, measure_clean
from jaxaug.evaluate.curves import measure_curves
from jaxaug.types import InputError

LINF = tuple(name for name in evaluate.CURVES if name != 'carlini_wagner')
L2 = ('apgd', 'carlini_wagner', 'deepfool')


@pytest.fixture(scope='module')
def arm(tmp_path_factory):
  return measured(tmp_path_factory.mktemp('arm'), 'linf', LINF, (0.0, 0.02, 0.2))


def measured(place, norm, curves, epsilons):
  """A linear network that is right: the mean images of the classes."""
  splits = data.load({'source': 'digits', 'per_class': 20})
  network = models.create('mlp', 10, hidden=())
  means = (
    np.stack([splits.train['image'][splits.train['label'].argmax(-1) == k].mean(0).ravel() for k in range(10)], -1) / 255
  )
  shapes = jax.eval_shape(network.init, jax.random.key(0), np.zeros((1, 8, 8, 1), np.float32))
  weights = jax.tree.map(lambda leaf: means if leaf.ndim == 2 else -(means**2).sum(0) / 2, shapes)
  settings = evaluate.evaluation_settings(
    dict(batch_size=32, attack=dict(norm=norm, epsilon=0.1), attack_examples=60, epsilons=epsilons, curves=curves)
  )
  keys = dict(zip(('attack', 'augment', 'sample'), jax.random.split(jax.random.key(1), 3)))
  held = parallel.replicate(jax.tree.map(np.float32, weights))
  arm = Arm('plain', {'names': ()}, network, held, 1, settings, splits, splits.test, place, keys, {}, {}, {}, {})
  measure_clean(arm)
  measure_curves(arm)
  return arm


def test_every_curve_starts_clean_and_falls(arm):
  clean = arm.right['clean'][:60].mean()
  assert clean > 0.7
  for name, found in arm.scores['curves'].items():
    values = [point['value'] for point in found['points']]
    assert values[0] == clean and (name == 'noise' or values[0] >= values[1] >= values[2])  # noise can help by chance
    assert [point['epsilon'] for point in found['points']] == [0.0, 0.02, 0.2]


def test_a_gradient_hurts_more_than_chance_and_many_steps_no_less_than_one(arm):
  last = {name: found['points'][2]['value'] for name, found in arm.scores['curves'].items()}
  assert set(last) == set(LINF)
  assert last['apgd'] <= last['fgsm'] < last['square'] < last['noise']


def test_the_smallest_change_tells_all_radii(tmp_path):
  found = measured(tmp_path, 'l2', L2, (0.0, 0.2, 0.5, 3.0)).scores['curves']
  value = {name: np.array([point['value'] for point in curve['points']]) for name, curve in found.items()}
  for name in ('carlini_wagner', 'deepfool'):
    assert (np.diff(value[name]) <= 0).all() and value[name][-1] <= 0.2
    assert (abs(value[name] - value['apgd']) <= 0.15).all()  # linear but for the box, at which DeepFool may get stuck


def test_curves_that_these_images_cannot_have_are_named():
  evaluate.check_curves(tuple(n for n in evaluate.CURVES if n not in ('carlini_wagner', 'deepfool')), 'linf', (8, 8, 1), 10)
  evaluate.check_curves(tuple(evaluate.CURVES), 'l2', (8, 8, 1), 3)
  with pytest.raises(InputError, match='evaluate.curves: apgd_dlr cannot be had of this data: dlr: 2 classes'):
    evaluate.check_curves(('fgsm', 'apgd_dlr'), 'linf', (8, 8, 1), 2)
  with pytest.raises(InputError, match='evaluate.curves: square cannot be had of this data: square: images are'):
    evaluate.check_curves(('square',), 'l2', (4, 4, 1), 10)


def test_bad_settings_are_named():
  with pytest.raises(InputError, match='evaluate.curves'):
    evaluate.evaluation_settings(dict(attack=dict(epsilon=0.1), epsilons=(0.1,), curves=('pdg',)))
  with pytest.raises(InputError, match="carlini_wagner: norm linf must be 'l2'"):
    evaluate.evaluation_settings(dict(attack=dict(epsilon=0.1), epsilons=(0.1,), curves=('carlini_wagner',)))
  with pytest.raises(InputError, match='evaluate.epsilons'):
    evaluate.evaluation_settings(dict(attack=dict(epsilon=0.1), curves=('fgsm',)))
