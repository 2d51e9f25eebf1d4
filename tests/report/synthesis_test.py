"""The page of a verdict, of images, series and rows."""

import json

import numpy as np
import pytest

from jaxaug import report
from jaxaug.report.synthesis import row_picture
from jaxaug.synthesize.gate import REASONS
from jaxaug.types import InputError


@pytest.mark.parametrize('shape', ((8, 8, 1), (6, 3), (4,)))
def test_it_shows_what_was_found(shape, tmp_path):
  interval = {'value': 0.5, 'low': 0.4, 'high': 0.6}
  against = {**interval, 'p_value': 0.01, 'adjusted': 0.02}
  arms = {'real only': interval, '<b>': interval, 'synthetic': interval}
  row = dict(
    learner='mlp', amount='10%', arms=arms, best_control='<b>', against_control=against, against_real=against, says='helps'
  )
  row['accuracy'] = {arm: 0.9 for arm in arms}
  gate = {'drawn': 10, 'accepted': 7, 'pass_rate': 0.7, 'held_out': 0.95, **dict.fromkeys(REASONS, 0), 'off class': 3}
  history = [{'step': n, 'loss': [1.0, 2.0], 'class_found': [[1.0, None], [0.5, None]], 'warnings': {}} for n in (1, 2)]
  results = dict(rows=[row], gate=gate, metric='recall', classes=['8'], seeds=2, says='helps', rollbacks=[], history=history)
  results['warnings'] = ['step 2, mode collapse, seed 1: classes <3> are hardly ever drawn']
  with pytest.raises(InputError, match='holds no finished verdict'):
    report.write_verdict(tmp_path)
  (tmp_path / 'verdict.json').write_text(json.dumps(results))
  many, words = np.random.default_rng(0).random((3, *shape)), np.array(['a', 'b', 'c'])
  rows = {name: many for name in ('real', 'accepted', 'neighbour', 'refused')}
  labels = {f'{name}_label': words for name in ('real', 'accepted', 'neighbour', 'refused')}
  stored = dict(**rows, **labels, reason=np.array(['off class'] * 3))
  np.savez(tmp_path / 'samples.npz', **stored)
  assert 'How it learnt' not in report.write_verdict(tmp_path).read_text()
  grown = {
    'shown/ends': np.array(['a', '<b>']),
    'shown/steps': np.arange(20) * 1000,
    'shown/rows': np.random.default_rng(1).random((20, 2, 4, *shape)),
  }
  grown |= {'shown/classes': np.array(['a', '<b>'])}
  grown |= {'shown/between': np.random.default_rng(2).random((2, 8, *shape))} if len(shape) == 3 else {}
  np.savez(tmp_path / 'samples.npz', **stored, **grown)
  text = report.write_verdict(tmp_path).read_text()
  assert (
    '<b>helps</b>' in text
    and '&lt;b&gt;' in text
    and 'a: off class' in text
    and text.count('<svg') == 4
    and 'classes &lt;3&gt; are' in text
  )
  assert 'step 19,000' in text and ('a to &lt;b&gt;, &lt;b&gt; to a' in text) == (len(shape) == 3)
  assert text.count('<img') == 3 + 6 + 3 + 8 + (len(shape) == 3) and 'src="http' not in text


def test_rows_of_all_kinds_are_pictures():
  for shape in ((8, 8, 1), (6, 3), (4,)):
    assert row_picture(np.zeros(shape), 'x').startswith('<img alt="x"')
