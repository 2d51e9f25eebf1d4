"""Policies as files: what is written is read back; what cannot be trusted is refused, by name."""

import json

import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step
from jaxaug.types import InputError

GOOD = {'source': 'autoaugment', 'sub_policies': [[{'ops': ['Rotate'], 'probability': 0.5, 'low': 0.2, 'high': 0.4}]]}


def changed(**fields):
  step = {**GOOD['sub_policies'][0][0], **fields}
  return {**GOOD, 'sub_policies': [[step]]}


@pytest.mark.parametrize(
  'policy',
  (
    augment.randaugment_policy(),
    augment.trivialaugment_policy(),
    augment.autoaugment_policy('svhn'),
    augment.augmix_policy(),
  ),
)
def test_written_and_read_back(policy, tmp_path):
  augment.save_policy(policy, tmp_path / 'p.json')
  assert augment.load_policy(tmp_path / 'p.json') == policy


@pytest.mark.parametrize(
  'held, message',
  (
    (changed(ops=['Rotat']), r"sub_policies\[0\]\[0\].ops: 'Rotat' is unknown. Did you mean 'Rotate'"),
    (changed(ops=[['Rotate']]), 'ops'),
    (changed(ops=[]), 'ops.*at least one'),
    (changed(ops='Rotate'), 'ops: must be a list'),
    (changed(probability=float('nan')), r'\(Rotate\).probability: nan must be'),
    (changed(probability=1.5), r'\(Rotate\).probability: 1.5 must be a number in \[0, 1\]'),
    (changed(high=2.0), r'\(Rotate\).high: 2.0'),
    (changed(low=float('-inf')), r'\(Rotate\).low'),
    (changed(low='0.1'), r'\(Rotate\).low'),
    (changed(low=10**400), r'\(Rotate\).low: 1000'),
    ({**GOOD, 'source': []}, 'policy.source: must be a name'),
    ({**GOOD, 'sub_policies': GOOD['sub_policies'] * 1001}, 'at most 1000'),
    ({**GOOD, 'sub_policies': [GOOD['sub_policies'][0] * 101]}, 'at most 100 steps'),
    (changed(low=True), r'\(Rotate\).low'),
    (changed(high=0.1), 'high: 0.1 is below low'),
    (changed(levels=1), 'levels: 1'),
    (changed(levels=2.5), 'levels: 2.5'),
    (changed(code='print()'), "'code' is unknown"),
    ({**GOOD, 'source': 'mine'}, "policy.source: 'mine' is unknown"),
    ({**GOOD, 'sub_policies': []}, 'at least one'),
    ({**GOOD, 'sub_policies': [[]]}, 'at least one'),
    ({**GOOD, 'sub_policies': {}}, 'list of lists'),
    ({**GOOD, 'more': 1}, 'exactly the fields'),
    ([], 'exactly the fields'),
  ),
)
def test_a_file_that_cannot_be_trusted_is_refused(held, message, tmp_path):
  (tmp_path / 'p.json').write_text(json.dumps(held))
  with pytest.raises(InputError, match=message):
    augment.load_policy(tmp_path / 'p.json')


def test_what_is_no_json_or_not_there_is_refused(tmp_path):
  (tmp_path / 'p.json').write_text('{')
  for name in ('p.json', 'absent.json'):
    with pytest.raises(InputError, match='cannot be read as JSON'):
      augment.load_policy(tmp_path / name)
  (tmp_path / 'p.json').write_text('[' * 100_000 + ']' * 100_000)
  with pytest.raises(InputError, match='cannot be read as JSON'):
    augment.load_policy(tmp_path / 'p.json')


def test_a_policy_made_in_code_is_checked_too(tmp_path):
  with pytest.raises(InputError, match='Sheer'):
    augment.save_policy(Policy(((Step(('SheerX',)),),)), tmp_path / 'p.json')
  with pytest.raises(InputError, match='is no Policy'):
    augment.save_policy(tmp_path / 'p.json', augment.randaugment_policy())
  assert not (tmp_path / 'p.json').exists()
  augment.save_policy(augment.randaugment(3, 5), tmp_path / 'p.json')
  assert augment.load_policy(tmp_path / 'p.json') == augment.randaugment_policy(3, 5)
