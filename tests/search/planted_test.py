"""A planted nuisance disturbs validation and test alone, and each image by its own value."""

import numpy as np
import pytest
from PIL import Image

from jaxaug import data, search
from jaxaug.types import InputError

SPLITS = data.load(dict(source='digits', seed=0, validation=0.2, test=0.2))


def test_train_stays_and_the_rest_is_turned_by_pillows_degrees():
  after = search.planted(SPLITS, dict(op='Rotate', low=-25.0, high=25.0, seed=3))
  assert after.train is SPLITS.train and (after.test['label'] == SPLITS.test['label']).all()
  for part in ('validation', 'test'):
    before, moved = getattr(SPLITS, part)['image'], getattr(after, part)['image']
    assert moved.dtype == np.uint8 and (moved != before).any((1, 2, 3)).mean() > 0.6  # 8 x 8 pixels do not see 5 degrees
  image, turned = SPLITS.test['image'][0], after.test['image'][0]
  every = [np.asarray(Image.fromarray(image[..., 0]).rotate(degrees)) for degrees in np.arange(-25, 25, 0.05)]
  assert any((turned[..., 0] == one).all() for one in every)


def test_it_depends_on_the_id_and_the_seed():
  section = dict(op='Contrast', low=0.2, high=0.5)
  few = SPLITS._replace(test={name: a[::3] for name, a in SPLITS.test.items()})
  one, some = search.planted(SPLITS, section).test['image'], search.planted(few, section).test['image']
  assert (one[::3] == some).all() and (search.planted(SPLITS, {**section, 'seed': 1}).test['image'] != one).any()
  assert search.planted(SPLITS, {}) is SPLITS


def test_bad_fields_are_named():
  with pytest.raises(InputError, match="nuisance.op: 'Rotat' is unknown. Did you mean 'Rotate'"):
    search.planted(SPLITS, dict(op='Rotat'))
  with pytest.raises(InputError, match='nuisance.low: 3.0 is above high, 1.0'):
    search.planted(SPLITS, dict(op='Rotate', low=3.0, high=1.0))
  with pytest.raises(InputError, match='no images in this data'):
    search.planted(SPLITS._replace(train={'features': np.zeros((2, 3))}), dict(op='Rotate'))
