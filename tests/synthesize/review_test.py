"""The review: every row on the page has one decision, and nothing else is taken."""

import numpy as np
import pytest

from jaxaug.synthesize.pool import Pool
from jaxaug.synthesize.review import read_review, write_sheet
from jaxaug.types import InputError

REFUSED = np.zeros((2, 3, 2), bool)
REFUSED[0, 1, 0] = True  # one row of six is not on the page
LINES = ['seed,row,decision', '0,0,accept', '0,2,reject', '1,0,accept', '1,1,reject', '1,2,accept']


def test_the_sheet_holds_what_passed(tmp_path):
  pool = Pool(np.arange(12.0).reshape(2, 3, 2), np.array([[0, 1, 1], [1, 0, 0]]), REFUSED, *[None] * 4, 0, 1)
  write_sheet(tmp_path / 'review.npz', pool, ('cat', 'dog'))
  held = np.load(tmp_path / 'review.npz')
  assert held['seed'].tolist() == [0, 0, 1, 1, 1] and held['row'].tolist() == [0, 2, 0, 1, 2]
  assert held['label'].tolist() == ['cat', 'dog', 'dog', 'cat', 'cat'] and held['rows'][1].tolist() == [4, 5]


def test_decisions_are_read(tmp_path):
  path = tmp_path / 'review.csv'
  path.write_text('\n'.join(LINES))
  assert read_review(path, REFUSED).tolist() == [[False, False, True], [False, True, False]]


@pytest.mark.parametrize(
  ('lines', 'told'),
  (
    (LINES[:-1], '1 rows of the page have no decision'),
    ([*LINES, '0,1,accept'], 'line 7: row 1 of seed 0 is not on the page'),
    ([*LINES, '1,2,accept'], 'line 7: row 2 of seed 1 is not on the page, or stands there twice'),
    ([*LINES[:-1], '1,2,maybe'], "line 6: decision 'maybe'"),
    (['a,b', '1,2'], 'line 2: needs seed, row, decision'),
    ([*LINES[:-1], '9,2,accept'], 'line 6: needs seed, row, decision of a row on the page'),
  ),
)
def test_what_cannot_be_is_told_with_its_line(lines, told, tmp_path):
  path = tmp_path / 'review.csv'
  path.write_text('\n'.join(lines))
  with pytest.raises(InputError, match=told):
    read_review(path, REFUSED)
