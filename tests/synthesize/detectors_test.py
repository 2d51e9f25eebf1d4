"""Each failure is seen where it was made by hand, and draws that are real rows raise nothing."""

import numpy as np
import pytest

from jaxaug.synthesize.detectors import DEFAULTS, asked_of, collapsed, detect, discriminator, reference, warnings
from jaxaug.types import InputError

CENTERS = np.random.default_rng(9).normal(size=(4, 6)) * 4


def blobs(label, seed):
  return CENTERS[label] + np.random.default_rng(seed).normal(size=(len(label), 6))


@pytest.fixture(scope='module')
def seen():
  label = np.arange(200) % 4
  return reference(blobs(label, 0), label, 4, DEFAULTS)


def told(seen, rows, asked, **extra):
  numbers = detect(seen, rows, asked) | extra
  return numbers, warnings(seen, numbers, DEFAULTS, 'abcd'), collapsed(seen, numbers, DEFAULTS)


def test_rows_of_the_same_kind_raise_nothing(seen):
  asked = asked_of(seen, DEFAULTS)
  numbers, words, fell = told(seen, blobs(asked, 1), asked)
  assert words == {} and not fell and np.bincount(asked).tolist() == [63, 63, 62, 62]
  assert numbers['coverage'] == 1 and numbers['agreement'] > 0.98 and numbers['recall'] > 0.5
  np.testing.assert_allclose(numbers['class_spread'], 1, atol=0.15)


def test_a_class_that_is_not_drawn(seen):
  asked = asked_of(seen, DEFAULTS)
  numbers, words, fell = told(seen, blobs(np.where(asked == 1, 0, asked), 1), asked)
  assert words['mode collapse'] == 'class b is hardly ever drawn' and numbers['class_found'].round(1).tolist() == [
    2,
    0,
    1,
    1,
  ]
  assert words['label drift'] == 'draws of class b are taken for it in down to 0%' and not fell


def test_draws_that_are_all_alike(seen):
  asked = asked_of(seen, DEFAULTS)
  one_a_class = CENTERS[asked] + 0.03 * (blobs(asked, 1) - CENTERS[asked])
  numbers, words, fell = told(seen, one_a_class, asked)
  assert fell and 0.02 < numbers['spread'] < 0.04 and numbers['agreement'] == 1 and numbers['recall'] < 0.05
  assert "distance between draws of classes a, b, c, d is down to 3% of the real rows'" in words['mode collapse']
  assert 'recall 0.0' in words['mode collapse'] and 'label drift' not in words


def test_two_of_four_classes_is_a_collapse_and_three_is_none(seen):
  asked = asked_of(seen, DEFAULTS)
  for kept, expected in ((2, True), (3, False)):
    assert told(seen, blobs(asked % kept, 1), asked)[2] == expected


def test_one_that_is_far_away_hides_no_collapse(seen):
  asked = asked_of(seen, DEFAULTS)
  rows = CENTERS[asked].copy()
  rows[::60] = 1e6
  assert told(seen, rows, asked)[2]


def test_labels_that_drift(seen):
  asked = asked_of(seen, DEFAULTS)
  swapped = np.where(np.arange(len(asked)) % 3 > 0, (asked + 1) % 4, asked)
  numbers, words, fell = told(seen, blobs(swapped, 1), asked)
  assert words == {'label drift': 'draws of classes a, b, c, d are taken for it in down to 33%'} and not fell
  np.testing.assert_allclose(numbers['class_agreement'], 1 / 3, atol=0.04)


def test_artifacts_out_of_range_not_finite_and_of_the_wrong_frequencies():
  label, random = np.arange(60) % 2, np.random.default_rng(0)
  waves = np.sin(np.linspace(0, 3, 16)[None] + random.uniform(0, 2, (60, 1)))[..., None] * (1 + label)[:, None, None]
  seen = reference(waves + 0.01 * random.normal(size=waves.shape), label, 2, DEFAULTS)
  asked = np.arange(40) % 2
  drawn = waves[:40] + 0.01 * random.normal(size=(40, 16, 1))
  assert 'artifacts' not in told(seen, drawn, asked)[1]
  numbers, words, _ = told(seen, np.where(np.arange(40)[:, None, None] < 30, drawn + 9, drawn), asked)
  assert words['artifacts'] == '75% of draws are out of range' and numbers['out_of_range'] == 0.75
  zigzag = drawn + 1.0 * (-1) ** np.arange(16)[None, :, None]
  assert 'times as rough as real rows' in told(seen, zigzag, asked)[1]['artifacts']
  assert 'of the roughness of real rows' in told(seen, drawn.mean(1, keepdims=True) + 0 * drawn, asked)[1]['artifacts']
  numbers, words, fell = told(seen, drawn * np.nan, asked)
  assert fell and numbers['out_of_range'] == 1 and '100% of draws are out of range' in words['artifacts']


def test_the_discriminators_gap_is_equation_one_of_ada(seen):
  asked = asked_of(seen, DEFAULTS)
  random = np.random.default_rng(0)
  train, drawn = 3 + 0.1 * random.normal(size=80), -1 + 0.1 * random.normal(size=80)
  for shift, gap in ((0.0, 0.0), (2.0, 0.5), (4.0, 1.0)):
    assert abs(discriminator(train, drawn, train - shift)['gap'] - gap) < 0.02
  assert 'gap' not in discriminator(train, drawn) and discriminator(drawn, train, drawn)['gap'] == 0
  overfit = discriminator(train, drawn, train - 3.9)
  assert told(seen, blobs(asked, 1), asked, **overfit)[1]['discriminator overfit'] == (
    f'it tells train rows (mean sign 1.00) from all draws; it holds validation rows for draws: gap {overfit["gap"]:.2f}'
  )
  noisy = discriminator(random.normal(size=4) + 0.1, random.normal(size=4), random.normal(size=4))
  assert 'discriminator overfit' not in told(seen, blobs(asked, 1), asked, **{**noisy, 'gap': 0.9, 'gap_doubt': 0.6})[1]


def test_one_class_few_rows_and_classes_of_one_row():
  rows = np.random.default_rng(0).normal(size=(40, 3))
  seen = reference(rows[:4], np.zeros(4, int), 1, DEFAULTS)
  numbers, words, fell = told(seen, rows[:20], np.zeros(20, int))
  assert words == {} and not fell and numbers['coverage'] == 1 and np.isnan(numbers['recall'])
  label = np.r_[np.zeros(19, int), np.ones(20, int), 3]
  seen = reference(rows, label, 4, DEFAULTS)
  asked = asked_of(seen, DEFAULTS)
  assert set(asked) == {0, 1, 3} and np.isnan(seen.agreement[[2, 3]]).all()
  assert np.isnan(detect(seen, rows[np.arange(250) % 40], asked)['class_found'][2])
  with pytest.raises(InputError, match='1 real rows, must be at least 2'):
    reference(rows[:1], label[:1], 4, DEFAULTS)


def test_rows_of_one_group_are_held_out_together_and_in_one_half():
  random = np.random.default_rng(0)
  group = np.repeat(np.arange(30), 6)
  rows, label = random.normal(size=(30, 40))[group] + 1e-3 * random.normal(size=(180, 40)), group % 2
  alone, together = (reference(rows, label, 2, DEFAULTS, 0, of) for of in (None, group))
  assert alone.agreement.min() > 0.95 and together.agreement.max() < 0.8
  assert alone.recall > 0.9 > together.recall
  halves = np.array_split(together.part, 2)
  assert len(set(group[halves[0]]) & set(group[halves[1]])) <= 1
