"""Settings: what is left out is filled, what cannot be used is told before anything is trained."""

import pytest

from jaxaug import synthesize
from jaxaug.types import InputError


def test_what_is_left_out_is_filled_with_what_fits():
  plain = synthesize.pipeline_settings({})
  assert plain['mix']['ratios'] == (0.1, 0.2, 0.3) and plain['controls'] is None
  assert synthesize.pipeline_settings({'mix': {'targets': {'1': 9}}})['mix']['ratios'] == ()
  assert synthesize.pipeline_settings({'rare': {'count': 3, 'target': 9}})['mix']['ratios'] == ()


@pytest.mark.parametrize(
  ('changed', 'told'),
  (
    (dict(seeds=1), 'seeds: 1 must be at least 2'),
    (dict(mix=dict(targets={}, ratios=())), 'mix: give one of targets'),
    (dict(controls=('classic',)), "controls: 'classic' augmentation is of images and series"),
    (dict(mix={}, rare=dict(count=9, target=8)), 'rare.count: 9 must be above 0 and below rare.target 8'),
    (dict(mix={}, rare=dict(count=2, target=8, classes=('class_9',))), "rare.classes: 'class_9' is unknown"),
    (dict(mix=dict(targets={'class_7': 9})), "mix.targets: 'class_7' is unknown"),
    (dict(controls=('smoot',)), "controls: 'smoot' is unknown. Did you mean 'smote'"),
    (dict(retrain=dict(learners=('svm',))), "retrain.learners: 'svm' is unknown"),
    (dict(retrain=dict(metric='precison')), "retrain.metric: 'precison' is unknown"),
    (dict(retrain=dict(metric='recall')), "retrain.classes: names no class; 'recall' needs one"),
    (dict(retrain=dict(metric='recall', classes=('class_9',))), "retrain.classes: 'class_9' is unknown"),
    (dict(fidelity=dict(steps=9)), "fidelity.steps: must be 0 for data of kind 'features'"),
    (dict(mix=dict(ratios=(0.2, 0.001))), 'mix: 0.1% of .* real rows adds none in some seed'),
    (dict(mix=dict(ratios=(0,))), 'mix: 0% of .* real rows adds none'),
    (dict(detectors=dict(classifier='svm')), "detectors.classifier: 'svm' is unknown"),
    (dict(gate=dict(classifer='mlp')), "gate: 'classifer' is unknown"),
    (dict(fits={}), "config: 'fits' is unknown"),
    (dict(data=dict(source='wine', imbalance={'class_2': 1000})), '1000 examples of class'),
  ),
)
def test_bad_input_is_told_before_anything_is_trained(changed, told, tmp_path, config):
  with pytest.raises(InputError, match=told):
    synthesize.verdict(config(**changed), tmp_path)
  assert not list(tmp_path.rglob('fit-*'))
