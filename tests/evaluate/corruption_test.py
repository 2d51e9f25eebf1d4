"""Corrupted accuracy and the mean corruption error, on rules whose errors are known."""

import numpy as np
import pytest

from jaxaug import augment, evaluate
from jaxaug.types import InputError

SECTION = dict(names=('gaussian_noise', 'contrast'), severities=(1, 5), examples=6)
EXAMPLES = {
  'image': np.random.default_rng(0).integers(0, 256, (10, 16, 16, 1), np.uint8),
  'id': np.arange(10, dtype=np.int32),
  'label': np.eye(2, dtype=np.float32)[np.arange(10) % 2],
}


@pytest.fixture(scope='module')
def images():
  settings = evaluate.evaluation_settings({'corruption': SECTION})['corruption']
  return evaluate.corrupted_images(EXAMPLES, settings, batch_size=4)


def test_each_cell_holds_the_first_examples_corrupted_by_their_ids(images):
  assert list(images) == [(name, severity) for name in SECTION['names'] for severity in (1, 5)]
  assert all(i.shape == (6, 16, 16, 1) and i.dtype == np.uint8 for i in images.values())
  away = {cell: np.abs(i.astype(int) - EXAMPLES['image'][:6]).mean() for cell, i in images.items()}
  assert 0 < away['gaussian_noise', 1] < away['gaussian_noise', 5] and away['contrast', 1] < away['contrast', 5]
  shuffled = {field: values[:6][::-1] for field, values in EXAMPLES.items()}
  settings = evaluate.evaluation_settings({'corruption': dict(SECTION, severities=(5,))})['corruption']
  again = evaluate.corrupted_images(shuffled, settings, batch_size=6)
  assert all((again[name, 5][::-1] == images[name, 5]).all() for name in SECTION['names'])


def test_scores_count_what_is_right(images):
  label = EXAMPLES['label'][:6]
  always = lambda images: np.tile([9.0, 0.0], (len(images), 1))
  scores, share = evaluate.corruption_scores(always, images, label)
  assert share.tolist() == [1, 0] * 3 and scores['accuracy']['value'] == 0.5 and scores['examples'] == 6
  assert scores['accuracy']['low'] < 0.5 < scores['accuracy']['high']
  assert scores['error'] == {name: [0.5, 0.5] for name in SECTION['names']} and abs(scores['ece'] - 0.5) < 1e-3
  assert scores['severities'] == [1, 5]
  noisy = images['gaussian_noise', 1]  # wrong in one cell of four
  but_one = lambda i: np.where(i is noisy, -9.0, 9.0) * (2 * label - 1)
  scores, share = evaluate.corruption_scores(but_one, images, label)
  assert (share == 0.75).all() and scores['error']['gaussian_noise'] == [1.0, 0.0]


def test_mean_corruption_error_is_a_mean_of_ratios():
  base = {'fog': [0.2, 0.4], 'snow': [0.1, 0.1]}
  assert evaluate.mean_corruption_error(base, base)['mce'] == 1
  found = evaluate.mean_corruption_error({'fog': [0.1, 0.2], 'snow': [0.1, 0.3]}, base)
  assert found['ce'] == pytest.approx({'fog': 0.5, 'snow': 2.0}) and found['mce'] == pytest.approx(1.25)
  none = {'fog': [0.0, 0.0]}
  assert evaluate.mean_corruption_error(none, none)['mce'] == 1
  assert evaluate.mean_corruption_error(base, none | {'snow': [1, 1]})['ce']['fog'] == float('inf')


def test_the_table_has_a_row_a_corruption():
  assert evaluate.corruption_table(
    {'arms': {'plain': {'corrupted': {'error': {'fog': [0.1]}, 'mce': {'mce': None}}}}}
  ).endswith('-')
  arm = {'corrupted': {'error': {'fog': [0.1, 0.3]}, 'mce': {'mce': 0.5}}}
  lines = evaluate.corruption_table({'arms': {'plain': arm, 'other': arm}}).splitlines()
  assert lines[1].split() == ['fog', '20.0', '20.0'] and lines[2].split() == ['mCE', '50.0', '50.0']
  assert evaluate.corruption_table({'arms': {'plain': {}}}) == ''


@pytest.mark.parametrize(
  'section, told',
  [
    (dict(names=('mist',)), 'evaluate.corruption.names'),
    (dict(names=()), 'names'),
    (dict(severities=(6,)), 'severity'),
    (dict(source='cifar'), 'source'),
    (dict(exampels=3), 'evaluate.corruption'),
    (dict(examples=-1), 'examples'),
  ],
)
def test_mistakes_are_named(section, told):
  with pytest.raises(InputError, match=told):
    evaluate.evaluation_settings({'corruption': {'examples': 5, **section}})


def test_all_of_the_fifteen_are_measured_by_default():
  settings = evaluate.evaluation_settings({'corruption': {'examples': 5}})['corruption']
  assert settings['names'] == augment.CORRUPTIONS and len(augment.CORRUPTIONS) == 15
