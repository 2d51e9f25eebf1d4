"""Sections of a robustness evaluation: each number stands where it belongs, and what was not measured leaves no trace."""

import re

import numpy as np
import pytest

from jaxaug import metrics
from jaxaug.evaluate import group_scores, stability_scores
from jaxaug.evaluate.stability import stability_settings
from jaxaug.report import robustness
from jaxaug.report.robustness import relation, rungs

WILSON = lambda k, n: metrics.wilson(k, n)._asdict()
LABEL = np.eye(2, dtype=np.float32)[np.arange(20) % 2]


def logits(right):
  """Answers of which `right` are right, from the start."""
  return np.where((np.arange(20) < right)[:, None], LABEL, 1 - LABEL) * 4


def arm(certified=0.1):
  calibrated = metrics.calibration(logits(12), LABEL)
  calibrated['reliability'] = {k: np.where(np.isnan(v), None, v).tolist() for k, v in calibrated['reliability'].items()}
  right = {'clean': np.arange(20) < 18, 'robust': np.arange(20) < 12, 'certified': np.arange(10) < 3}
  return {
    'clean': {'examples': 20, 'accuracy': WILSON(18, 20), **metrics.calibration(logits(18), LABEL)},
    'robust': {
      'attack': 'PGD-9, Linf 0.1',
      'norm': 'linf',
      'epsilon': 0.1,
      'examples': 20,
      'accuracy': WILSON(12, 20),
      **calibrated,
    },
    'autoattack': {'attack': 'AutoAttack', 'norm': 'linf', 'epsilon': 0.1, 'examples': 15, 'accuracy': WILSON(9, 15)},
    'certified': {'certificate': 'IBP', 'norm': 'linf', 'epsilon': certified, 'examples': 10, 'accuracy': WILSON(3, 10)},
    'detection': {
      'clean': 20,
      'adversarial': 6,
      'detectors': {'energy': {'auroc': 0.75, 'tpr': 0.25}, 'soft<max': {'auroc': None, 'tpr': None}},
    },
    'sanitation': {
      'attack': 'PGD',
      'examples': 20,
      'draws': 8,
      'sanitizers': {n: {'clean': WILSON(15, 20), 'robust': WILSON(7, 20)} for n in ('none', 'jpeg')},
    },
    'stability': stability_scores({'noise': np.array([1.0, 0.5])}, stability_settings({})),
    'under': {'spatial_attack': {'accuracy': WILSON(11, 20), 'examples': 20, 'settings': {'k': '<3>'}}},
    'groups': {'class': group_scores(right, np.array(['b', '<a>'])[np.arange(20) % 2])},
  }


PREDICTIONS = {
  'label': LABEL,
  'logits': logits(18),
  'robust_logits': logits(12),
  'autoattack_robust': np.arange(15) < 9,
  'certified': np.arange(10) < 3,
}


def results(**arms):
  return {'arms': arms, 'data': {'class_names': ['b', '<a>']}}


def test_the_ladder_is_of_the_images_that_all_have_seen():
  found = rungs(arm(), PREDICTIONS)
  assert [r.name for r in found] == ['certified', 'AutoAttack', 'PGD', 'clean']
  assert [r.interval['value'] for r in found] == [0.3, 0.9, 1.0, 1.0] and {r.examples for r in found} == {10}
  alone = rungs(arm(), {})
  assert [r.interval['value'] for r in alone] == pytest.approx([0.3, 0.6, 0.6, 0.9])
  assert [r.examples for r in alone] == [10, 15, 20, 20]


def test_signs_stand_only_where_the_order_must_hold():
  low, middle, high, clean = rungs(arm(), PREDICTIONS)
  assert relation(low, middle) == relation(middle, high) == relation(high, clean) == '≤'
  assert relation(high._replace(interval={'value': 1.0}), clean._replace(interval={'value': 0.9})) == '>'
  assert relation(low._replace(epsilon=0.05), middle) == ''  # what holds in a small ball says nothing of a larger one
  assert relation(low._replace(epsilon=0.2), middle) == '≤'
  assert relation(low._replace(norm='l2'), middle) == relation(low._replace(norm=None), middle) == ''
  assert relation(low._replace(examples=9), middle) == ''
  assert relation(low._replace(norm='l2'), clean) == '≤'
  smoothed = arm() | {'certified': arm()['certified'] | {'smoothed': True}}
  assert relation(rungs(smoothed, PREDICTIONS)[0], clean) == ''  # it speaks of another classifier


def test_a_broken_order_is_marked():
  broken = {**PREDICTIONS, 'autoattack_robust': np.arange(15) < 14, 'robust_logits': logits(8)}
  text = robustness.sections(results(plain=arm()), {'plain': broken})
  assert text.count('<td class="broken">&gt;</td>') == 1 and text.count('<td>≤</td>') == 2


def test_faults_are_told_with_or_without_autoattack():
  bare = {measure: score for measure, score in arm().items() if measure != 'autoattack'}
  for scores in (arm(), bare):
    assert '<li>p&amp;q: PGD &lt; it</li>' in robustness.sections(results(**{'p&q': scores | {'faults': ['PGD < it']}}), {})


def test_every_section_tells_its_numbers():
  text = robustness.sections(results(**{'plain': arm(), 'other': {'clean': arm()['clean']}}), {'plain': PREDICTIONS})
  ece = metrics.calibration(logits(12), LABEL)['ece']
  for said in (
    f'{ece:.3f}',
    '0.750',
    '25.0%',
    '6 that fool it, 20 clean',
    'does not know of the detectors',
    '75.0%',
    'k &lt;3&gt;',
    '55.0%',
  ):
    assert said in text, said
  assert text.count('<svg') == 1 and text.count('<h2>') == 7
  assert '<a>' not in text and 'soft<max' not in text and 'soft&lt;max' in text


def test_the_worst_group_is_marked_where_there_is_one():
  text = robustness.sections(results(plain={'clean': arm()['clean'], 'groups': arm()['groups']}), {})
  rows = {name: row for name, row in re.findall(r'<tr><th>([^<]*)</th>(.*?)</tr>', text)}
  assert rows['b'].count('worst">') + rows['&lt;a&gt;'].count('worst">') == 1  # clean and PGD are tied: 9 of 10, 6 of 10
  assert 'worst">' in rows['&lt;a&gt;'].split('</td>')[2]  # certified: 2 of 5 and 1 of 5


def test_many_classes_are_cut_to_the_worst():
  names = np.array([f'c{i}' for i in range(50)])
  found = {'class': group_scores({'clean': np.arange(50) >= 10}, names)}
  text = robustness.sections(results(plain={'clean': arm()['clean'], 'groups': found}), {})
  assert 'the 30 with least clean accuracy' in text and len(re.findall(r'<tr><th>c\d+</th>', text)) == 30
  assert all(f'<th>c{i}</th>' in text for i in range(10))


def test_without_any_of_it_there_is_nothing():
  assert robustness.sections(results(plain={'clean': arm()['clean']}), {'plain': {}}) == ''
  old = {'clean': arm()['clean'], 'robust': {k: arm()['robust'][k] for k in ('attack', 'epsilon', 'examples', 'accuracy')}}
  text = robustness.sections(results(plain=old), {'plain': {}})
  assert text.count('<h2>') == 1 and '<td>≤</td>' in text and 'Calibration' not in text


def test_sanitation_stands_beside_the_bare_network():
  page = robustness.sections(results(one=arm()), {})
  assert 'Input sanitation' in page and page.index('<th>none</th>') < page.index('<th>jpeg</th>') and '35.0%' in page
  assert '"rand"' not in page
  told = {'attack': 'AutoAttack standard', 'examples': 20, 'accuracy': WILSON(3, 20)}
  attacked = arm()
  attacked['sanitation'] = {
    **attacked['sanitation'],
    'sanitizers': {n: {**found, 'autoattack': told} for n, found in attacked['sanitation']['sanitizers'].items()},
  }
  page = robustness.sections(results(one=attacked), {})
  assert 'AutoAttack standard, first 20, "rand" where it draws' in page and '15.0%' in page
