"""The published tables: known ops, probabilities and levels."""

import hashlib
import json

from jaxaug.augment.published import AUTOAUGMENT
from jaxaug.augment.space import FUNCTIONS, PLAIN


def test_tables_hold_known_ops_in_range():
  for dataset, subs in AUTOAUGMENT.items():
    assert len(subs) == 25, dataset
    for name, probability, level in (step for sub in subs for step in sub):
      assert name in FUNCTIONS and 0 <= probability <= 1 and 0 <= level <= 9
      assert level == 0 or name not in PLAIN


def test_the_tables_are_those_compared_with_torchvisions():  # entry by entry, once
  digests = {name: hashlib.sha256(json.dumps(table).encode()).hexdigest()[:16] for name, table in AUTOAUGMENT.items()}
  assert digests == {'cifar10': 'eeb73e918e8cf912', 'svhn': '4bfc8b3eb9a2132c', 'imagenet': '6a098d0c5da7a97d'}
