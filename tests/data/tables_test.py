"""Tables: shapes, classes, and that networks of images do not take them."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.types import InputError


@pytest.mark.parametrize(('name', 'rows', 'columns', 'classes'), (('breast_cancer', 569, 30, 2), ('wine', 178, 13, 3)))
def test_they_are_split_as_images_are(name, rows, columns, classes):
  splits = data.load({'source': name, 'seed': 1}, ('features',))
  parts = (splits.train, splits.validation, splits.test)
  assert sum(len(part['id']) for part in parts) == rows and splits.info.image_shape == (columns,)
  assert all(part['features'].shape == (len(part['id']), columns) and part['features'].dtype == np.float32 for part in parts)
  assert splits.info.num_classes == classes and len(data.fingerprint(splits)) == 16


def test_a_table_is_no_image():
  with pytest.raises(InputError, match="data.source: 'wine' holds features, this takes image"):
    data.load({'source': 'wine'})
