"""The page of several seeds; a whole one is drawn in tests/train/seeds_test.py."""

import json

import pytest

from jaxaug import report
from jaxaug.types import InputError


def test_a_page_needs_finished_seeds_and_escapes_names(tmp_path):
  with pytest.raises(InputError, match='seeds.json'):
    report.write_seeds(tmp_path)
  interval = dict(value=-0.012, low=-0.02, high=0.004)
  found = dict(
    seeds=2,
    baseline='<a>',
    data=dict(origin='made', train_examples=1000, split='test'),
    arms={
      '<a>': dict(clean=dict(value=0.8, low=0.7, high=0.9), ece=dict(value=0.1, low=0.0, high=0.2)),
      'b': dict(clean=interval, ece=interval),
    },
    differences={'b': dict(clean=interval, ece=interval)},
  )
  (tmp_path / 'seeds.json').write_text(json.dumps(found))
  text = report.write_seeds(tmp_path).read_text()
  assert 'Paired by seed and image.' in text
  (tmp_path / 'seeds.json').write_text(json.dumps(found | {'same_examples': False}))
  assert 'Paired by seed.' in report.write_seeds(tmp_path).read_text()
  assert '&lt;a&gt;' in text and '<a>' not in text.split('</style>')[1]
  assert '<b>80.0</b>' in text and '<b>−1.2</b> <small>−2.0 to +0.4</small>' in text and '<b>−0.012</b>' in text
  assert text.count('<svg') == 2 and 'src="http' not in text
