"""What the provenance is good for is tested on a whole run in pipeline_test.py; here, what cannot be drawn again."""

import pytest

from jaxaug import synthesize
from jaxaug.types import InputError


def test_a_folder_without_a_store_is_told(tmp_path):
  with pytest.raises(InputError, match='is no file of jaxaug.data.write_store'):
    synthesize.recreate(tmp_path, [0])
