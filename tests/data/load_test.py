"""Sources by name, and what is said about those that cannot be."""

import ml_collections
import numpy as np
import pytest

from jaxaug import data
from jaxaug.types import InputError


def test_digits_are_the_1797_real_images():
  from sklearn.datasets import load_digits

  splits = data.load(ml_collections.ConfigDict({'source': 'digits', 'seed': 2}))
  stored = load_digits()
  sizes = [len(getattr(splits, name)['id']) for name in ('train', 'validation', 'test')]
  assert sum(sizes) == 1797 and sizes[1:] == [180, 359]
  for name in ('train', 'validation', 'test'):
    part = getattr(splits, name)
    assert part['image'].dtype == np.uint8 and part['label'].shape[1] == 10
    assert np.abs(part['image'][..., 0] / 255 - stored.images[part['id']] / 16).max() <= 0.5 / 255
    assert (part['label'].argmax(-1) == stored.target[part['id']]).all()
  assert splits.info.num_classes == 10 and splits.info.image_shape == (8, 8, 1) and splits.info.seed == 2


def test_imbalance_by_class_number():
  splits = data.load(ml_collections.ConfigDict({'imbalance': {3: 10}}))
  assert splits.train['label'].sum(0)[3] == 10 and splits.train['label'].sum(0)[4] > 100


@pytest.mark.parametrize(
  'config, words',
  (
    ({'sorce': 'digits'}, "'sorce' is unknown. Did you mean 'source'"),
    ({'source': 'ftp:x'}, 'digits, fashion_mnist, folder:, npz:'),
    ({'source': ''}, 'data.source'),
    ({'source': 'folder:/no/such/place'}, 'no folder /no/such/place'),
    ({'source': 'npz:/no/such/file.npz'}, 'no file /no/such/file.npz'),
    ({'validation': 'much'}, 'data.validation'),
    ({'per_class': 1.5}, 'data.per_class'),
  ),
)
def test_bad_configs_are_named(config, words):
  with pytest.raises(InputError, match=words):
    data.load(config)
