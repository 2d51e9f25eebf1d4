"""Two full tables of published strengths."""

import numpy as np
import pytest

from jaxaug.augment.severities import CONSTANTS, SEVERITIES


@pytest.mark.parametrize('source', ('imagenet', 'cifar10'))
def test_five_severities_of_nineteen_corruptions_with_the_constants_named(source):
  table = SEVERITIES[source]
  assert list(table) == list(CONSTANTS) and len(table) == 19
  assert all(len(rows) == 5 and {len(row) for row in rows} == {len(CONSTANTS[name])} for name, rows in table.items())


@pytest.mark.parametrize(
  'source, name, column, rising',
  (
    ('imagenet', 'gaussian_noise', 0, True),
    ('imagenet', 'shot_noise', 0, False),
    ('imagenet', 'jpeg_compression', 0, False),
    ('imagenet', 'motion_blur', 1, True),
    ('cifar10', 'fog', 0, True),
    ('cifar10', 'contrast', 0, False),
    ('cifar10', 'pixelate', 0, False),
    ('cifar10', 'zoom_blur', 0, True),
  ),
)
def test_strength_rises(source, name, column, rising):
  values = [row[column] for row in SEVERITIES[source][name]]
  assert values == sorted(values, reverse=not rising) and len(set(values)) == 5


def test_rows_of_the_paper_code():
  assert SEVERITIES['imagenet']['glass_blur'][2] == (1, 2, 3) and SEVERITIES['cifar10']['glass_blur'][4] == (0.4, 1, 2)
  assert SEVERITIES['imagenet']['snow'][4] == (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55)
  sizes = [244 * np.array(row) for row in ((2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02))]
  assert np.allclose(SEVERITIES['imagenet']['elastic_transform'][:4], sizes)
  sizes = 32 * np.array(((0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03)))
  assert np.allclose(SEVERITIES['cifar10']['elastic_transform'], sizes)
  steps = {source: [len(np.arange(1, *row)) for row in SEVERITIES[source]['zoom_blur']] for source in SEVERITIES}
  assert steps == {'imagenet': [12, 16, 11, 13, 11], 'cifar10': [7, 12, 16, 21, 26]}
