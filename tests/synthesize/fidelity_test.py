"""Fidelity: copies of the train split are near, other pictures far, and the test split stands beside both."""

import numpy as np
import pytest

from jaxaug.synthesize.extractor import fit_extractor, random_extractor
from jaxaug.synthesize.fidelity import FIELDS, REAL, fidelity, fidelity_of

RANDOM = np.random.default_rng(0)
LABEL = np.arange(90) % 3
IMAGES = 0.6 * np.eye(4)[LABEL][:, :, None, None] * np.ones((1, 1, 4, 1)) + 0.4 * RANDOM.random((90, 4, 4, 1))
TRAIN, TEST, LABEL_TRAIN, LABEL_TEST = IMAGES[:60], IMAGES[60:], LABEL[:60], LABEL[60:]


@pytest.fixture(scope='module')
def extractors():
  return fit_extractor(TRAIN, LABEL_TRAIN, 3, steps=60, batch_size=16), random_extractor((4, 4, 1), 3)


def test_copies_are_near_and_noise_is_far(extractors):
  copies = fidelity(extractors, TRAIN, TEST, LABEL_TEST, TRAIN, LABEL_TRAIN)
  noise = fidelity(extractors, TRAIN, TEST, LABEL_TEST, RANDOM.random(TRAIN.shape), LABEL_TRAIN)
  assert set(copies['fake']) == set(copies['test']) == set(FIELDS)
  assert copies['fake']['fcd'] < noise['test']['fcd'] < noise['fake']['fcd'] / 3 and copies['fake']['precision'] == 1
  assert copies['fake']['agreement'] > 0.9 and noise['fake']['agreement'] < 0.7
  assert copies['test'] == noise['test']


def test_a_class_that_is_never_drawn_is_seen(extractors):
  found = fidelity(extractors, TRAIN, TEST, LABEL_TEST, TRAIN[LABEL_TRAIN > 0], LABEL_TRAIN[LABEL_TRAIN > 0])
  assert found['fake']['class_coverage'] == pytest.approx(2 / 3) and found['test']['class_coverage'] == 1


def test_every_seed_has_an_extractor_of_its_own_train_split():
  both = lambda a: np.stack([a, a[::-1]])
  parts = {
    'train_rows': both(TRAIN),
    'train_label': both(LABEL_TRAIN),
    'test_rows': both(TEST),
    'test_label': both(LABEL_TEST),
  }
  arms = {'all': [(TRAIN, LABEL_TRAIN), (TEST, LABEL_TEST)], 'few': [(TRAIN[:3], LABEL_TRAIN[:3])] * 2}
  found, about = fidelity_of(parts, {'classes': ['a', 'b', 'c']}, arms, 40, 0)
  assert set(found) == {f'{arm}/{field}' for arm in (*arms, REAL) for field in FIELDS}
  assert np.isnan(found['few/fcd']).all() and (found['all/precision'] >= [1, 0.5]).all()
  assert found['all/fcd'][0] < found[f'{REAL}/fcd'][0] and np.isclose(
    *(found[f'{arm}/fcd'][1] for arm in ('all', REAL)), rtol=1e-9
  )
  assert about['extractors'][0][0] != about['extractors'][1][0] and min(about['accuracy']) > 0.6
