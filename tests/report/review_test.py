"""The contact sheet: a button a row, and a way to save."""

import numpy as np
import pytest

from jaxaug import report
from jaxaug.types import InputError


@pytest.mark.parametrize('shape', ((8, 8, 1), (6, 3), (4,)))
def test_every_row_can_be_clicked(shape, tmp_path):
  with pytest.raises(InputError, match='waits for no review'):
    report.write_review(tmp_path)
  label = np.array(['cat', '<dog>', 'cat'])
  np.savez(
    tmp_path / 'review.npz', seed=[0, 0, 1], row=[2, 3, 1], rows=np.random.default_rng(0).random((3, *shape)), label=label
  )
  text = report.write_review(tmp_path).read_text()
  assert text.count('<button class="tile"') == 3 and 'data-seed="1" data-row="1"' in text
  assert 'class &lt;dog&gt;' in text and 'id="save"' in text and 'seed,row,decision' in text
