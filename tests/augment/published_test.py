"""The published tables: known ops, probabilities and levels."""

from jaxaug.augment.published import AUTOAUGMENT
from jaxaug.augment.space import FUNCTIONS, PLAIN


def test_tables_hold_known_ops_in_range():
  for dataset, subs in AUTOAUGMENT.items():
    assert len(subs) == 25, dataset
    for name, probability, level in (step for sub in subs for step in sub):
      assert name in FUNCTIONS and 0 <= probability <= 1 and 0 <= level <= 9
      assert level == 0 or name not in PLAIN


def test_sums_of_the_tables():  # against a slip of a finger
  sums = {
    k: (round(sum(p for s in v for _, p, _ in s), 1), sum(n for s in v for *_, n in s)) for k, v in AUTOAUGMENT.items()
  }
  assert sums == {'cifar10': (26.5, 187), 'svhn': (32.9, 143), 'imagenet': (31.0, 159)}
