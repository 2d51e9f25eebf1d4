"""One arm measured in every way, on an untrained network: the numbers agree with each other."""

import jax
import numpy as np
import pytest

from jaxaug import data, evaluate, models, parallel
from jaxaug.evaluate.arm import (
  Arm,
  measure_certified,
  measure_clean,
  measure_detection,
  measure_groups,
  measure_order,
  measure_robust,
  measure_stability,
)


@pytest.fixture(scope='module')
def arm(tmp_path_factory):
  splits = data.load({'source': 'digits', 'per_class': 20})
  network = models.create('mlp', 10, hidden=(16,))
  variables = parallel.replicate(network.init(jax.random.key(0), np.zeros((1, 8, 8, 1), np.float32)))
  settings = evaluate.evaluation_settings(
    dict(
      batch_size=32,
      attack=dict(epsilon=0.2, steps=3, step_size=0.1),
      attack_examples=60,
      epsilons=(0.0, 0.2),
      certified=dict(epsilon=0.02, examples=60),
      detection=dict(examples=60, fit=100, neighbours=2),
      stability=dict(examples=40, draws=3),
    )
  )
  examples = {**data.first(splits.test, 80), 'group': np.arange(80) % 2}
  keys = dict(zip(('attack', 'augment', 'sample'), jax.random.split(jax.random.key(1), 3)))
  place = tmp_path_factory.mktemp('arm')
  arm = Arm('plain', {'names': ()}, network, variables, 7, settings, splits, examples, place, keys, {}, {}, {}, {})
  for measure in (measure_clean, measure_robust, measure_certified, measure_detection, measure_stability, measure_groups):
    measure(arm)
  return arm


def test_certified_below_robust_below_clean(arm):
  clean, robust, certified = (arm.right[name][:60] for name in ('clean', 'robust', 'certified'))
  assert not (certified & ~clean).any() and not (robust & ~clean).any()
  assert arm.scores['step'] == 7 and arm.scores['certified']['certificate'] == 'IBP, Linf 0.02'
  curve = arm.scores['robust']['curve']
  assert curve[0]['value'] == clean.mean() and curve[1]['value'] == robust.mean()


def test_calibration_under_attack_is_that_of_the_attacked_logits(arm):
  from jaxaug import metrics

  expected = metrics.calibration(arm.predictions['robust_logits'], arm.examples['label'][:60])
  assert arm.scores['robust']['ece'] == expected['ece'] and arm.scores['robust']['nll'] > arm.scores['clean']['nll']


def test_every_detector_is_scored_on_what_was_fooled(arm):
  found = arm.scores['detection']
  assert found['clean'] == 60 and 0 < found['adversarial'] <= arm.right['clean'][:60].sum()
  assert set(found['detectors']) == {'feature squeezing', 'softmax', 'energy', 'local Lipschitz', 'Mahalanobis'}
  assert all(0 <= v <= 1 for score in found['detectors'].values() for v in score.values())


def test_stability_and_groups(arm):
  assert set(arm.scores['stability']['kinds']) == {'noise', 'rotation', 'translation', 'brightness'}
  groups = arm.scores['groups']
  for measure, count in (('clean', 80), ('robust', 60), ('certified', 60)):
    of = groups['group'][measure]
    assert sum(g['examples'] for g in of['groups'].values()) == count and set(of['groups']) == {'0', '1'}
    assert of['groups'][of['worst']]['value'] == min(g['value'] for g in of['groups'].values())
    right = arm.right[measure]
    assert of['groups']['1']['value'] == pytest.approx(right[np.arange(count) % 2 == 1].mean())
  assert set(groups['class']['clean']['groups']) == {str(k) for k in range(10)}


def test_logits_of_the_arm_are_those_of_its_network(arm):
  image = np.random.default_rng(0).random((3, 8, 8, 1), np.float32)
  expected = arm.network.apply(jax.device_get(arm.variables), image)
  np.testing.assert_allclose(arm.logits_fn()(image), expected, atol=1e-6)


def test_the_order_is_held_without_autoattack_too(arm):
  measure_order(arm)
  assert 'faults' not in arm.scores
  broken = arm._replace(scores=dict(arm.scores), right=dict(arm.right, robust=~arm.right['clean'][:60]))
  measure_order(broken)
  assert 'right under attack but wrong as they are' in broken.scores['faults'][0]
  for epsilon, faults in ((0.1, 2), (0.2, 1)):  # AutoAttack in another ball says nothing of this one
    other = broken._replace(scores=dict(faults=['one'], autoattack=dict(norm='linf', epsilon=epsilon)))
    measure_order(other)
    assert len(other.scores['faults']) == faults


def test_short_steps_and_certified_errors_are_faults(arm):
  weak = arm._replace(
    scores={}, settings=arm.settings | {'attack': dict(epsilon=0.2, steps=1, step_size=0.1), 'epsilons': ()}
  )
  measure_robust(weak)
  assert 'all steps together are shorter than the radius' in weak.scores['faults'][0]
  no = np.zeros(80, bool)
  wrong = arm._replace(
    scores={}, right=dict(clean=no), settings=arm.settings | {'certified': arm.settings['certified'] | {'epsilon': 0.0}}
  )
  measure_certified(wrong)
  assert 'certified but wrong as they are' in wrong.scores['faults'][0]


def test_other_examples_radii_and_settings_have_another_state_file(arm):
  asked = dict(norm='linf', epsilon=8 / 255, version='standard', examples=0)
  fewer = arm._replace(examples=data.first(arm.examples, 20))
  places = [
    arm.autoattack_state(asked),
    arm.autoattack_state(asked | {'epsilon': 0.0313725}),
    arm.autoattack_state(asked, changed={'kept': 3}),
    fewer.autoattack_state(asked),
  ]
  assert len(set(places)) == 4 and arm.autoattack_state(asked) == places[0]
