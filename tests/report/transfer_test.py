"""The page of transferred attacks; what it is drawn from is made in tests/evaluate/transfer_test.py."""

import json

import pytest

from jaxaug import report
from jaxaug.types import InputError


def test_every_pair_has_a_cell_and_names_are_escaped(tmp_path):
  with pytest.raises(InputError, match='transfer.json'):
    report.write_transfer(tmp_path)
  interval = dict(value=0.5, low=0.4, high=0.6)
  told = lambda source, target: dict(source=source, target=target, attack='PGD', examples=40, accuracy=interval)
  rows = [told(s, t) | dict(white_box=s == t) for s in ('no attack', '<a>', 'b') for t in ('<a>', 'b')]
  (tmp_path / 'transfer.json').write_text(json.dumps({'table': rows}))
  text = report.write_transfer(tmp_path).read_text()
  body = text.split('</style>')[1]
  assert body.count('<td') == 6 and body.count('class="own"') == 2 and '&lt;a&gt;' in body and '<a>' not in body


def test_relative_and_absolute_names_stand_as_they_are(tmp_path):
  interval = dict(value=0.5, low=0.4, high=0.6)
  names = ('/there/runs/a', 'runs/b')
  rows = [
    dict(source=s, target=t, attack='PGD', examples=40, accuracy=interval, white_box=s == t) for s in names for t in names
  ]
  (tmp_path / 'transfer.json').write_text(json.dumps({'table': rows}))
  text = report.write_transfer(tmp_path).read_text()
  assert all(f'<th>{name}</th>' in text for name in names)
