"""Real examples beside generated ones: a cell for each, a line a channel until a series ends."""

import numpy as np
import pytest

from jaxaug.report.generated import beside, drawn_beside
from jaxaug.types import InputError


def test_series_are_drawn_until_they_end():
  random = np.random.default_rng(0)
  series = random.normal(size=(2, 3, 10, 4))
  series[0, 0, 6:] = 0
  figure = drawn_beside(series, 2 * series, ('one', 'two'))
  cells = np.array(figure.axes).reshape(2, 6)
  assert [axes.get_title() for axes in cells[0]] == ['real', '', '', 'generated', '', '']
  assert [axes.get_ylabel() for axes in cells[:, 0]] == ['one', 'two']
  for scale, first in ((1, 0), (2, 3)):
    for k in range(2):
      for n in range(3):
        lines = cells[k, first + n].get_lines()
        end = 6 if (k, n) == (0, 0) else 10
        np.testing.assert_array_equal([line.get_ydata() for line in lines], scale * series[k, n, :end].T)


def test_spectra_are_pictures_and_the_page_gets_svg():
  images = np.random.default_rng(0).uniform(-1, 1, (1, 2, 8, 6, 1))
  figure = drawn_beside(images, images, ('one',))
  np.testing.assert_array_equal(figure.axes[1].get_images()[0].get_array(), images[0, 1, ..., 0])
  text = beside('tones', images, images, ('one',))
  assert text.startswith('<svg role="img" aria-label="tones"') and 'generated' in text


def test_bad_input_is_told():
  rows = np.zeros((1, 2, 5, 1))
  with pytest.raises(InputError, match='all 1 classes must have as many real and generated examples'):
    beside('x', rows, rows[:, :1], ('one',))
