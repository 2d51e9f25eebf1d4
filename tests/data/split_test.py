"""Nothing held out is trained on, and a split is a function of its seed."""

import numpy as np
import pytest

from jaxaug import data
from jaxaug.data.source import Source
from jaxaug.data.split import make_splits, permutation
from jaxaug.types import InputError


def source(size=100, classes=4, test=0):
  image = np.arange(size, dtype=np.uint8).reshape(size, 1, 1, 1)
  part = {'image': image, 'label': np.arange(size, dtype=np.int32) % classes, 'group': np.arange(size) // 10}
  held = {'image': image[:test] + 100, 'label': np.zeros(test, np.int32)} if test else None
  return Source(part, held, tuple('abcd')[:classes], 'made')


def ids(splits):
  return [set(getattr(splits, name)['id'].tolist()) for name in ('train', 'validation', 'test')]


@pytest.mark.parametrize('test', (0, 20))
def test_ids_are_disjoint_and_cover_the_source(test):
  train, validation, held = ids(make_splits(source(test=test), 'x', seed=3, validation=0.1, test=0.2))
  assert not train & validation and not train & held and not validation & held
  assert train | validation | held == set(range(100 + test))
  assert len(validation) == 10 and len(held) == 20


def test_an_overlap_is_an_assertion_error():
  splits = make_splits(source(), 'x')
  leaked = splits._replace(train={**splits.train, 'id': splits.test['id']})
  with pytest.raises(AssertionError, match='of test are in train'):
    data.assert_disjoint(leaked)


def test_every_entry_follows_its_id():
  splits = make_splits(source(), 'x', seed=1)
  for name in ('train', 'validation', 'test'):
    part = getattr(splits, name)
    assert (part['image'][:, 0, 0, 0] == part['id']).all()
    assert (part['label'].argmax(-1) == part['id'] % 4).all() and (part['label'].sum(-1) == 1).all()
    assert (part['group'] == part['id'] // 10).all()


def test_the_seed_decides_and_is_recorded():
  a, b, c = (make_splits(source(), 'x', seed=s) for s in (5, 5, 6))
  assert (a.train['id'] == b.train['id']).all() and set(a.test['id']) != set(c.test['id'])
  assert (a.info.permutation == permutation(100, 5, 2**63 - 1)).all()
  assert set(a.test['id']) == set(a.info.permutation[:20])


def test_thinning_train_leaves_the_rest_alone():
  whole = make_splits(source(), 'x')
  counts = lambda s: s.train['label'].sum(0).astype(int).tolist()
  for options in (dict(per_class=5), dict(fraction=0.5), dict(imbalance={'a': 2, 1: 3, '2': 4})):
    thin = make_splits(source(), 'x', **options)
    assert ids(thin)[1:] == ids(whole)[1:] and ids(thin)[0] < ids(whole)[0]
  assert counts(make_splits(source(), 'x', per_class=5)) == [5] * 4
  assert len(make_splits(source(), 'x', fraction=0.5).train['id']) == 35
  assert counts(make_splits(source(), 'x', imbalance={'a': 2, 1: 3, '2': 4}))[:3] == [2, 3, 4]
  assert counts(make_splits(source(), 'x', per_class=5, imbalance={'b': 1})) == [5, 1, 5, 5]


@pytest.mark.parametrize(
  'options, words',
  (
    (dict(per_class=50), 'per_class'),
    (dict(imbalance={'e': 1}), "'e' is no class"),
    (dict(imbalance={'a': 99}), '99 examples'),
    (dict(validation=0.9), 'validation'),
    (dict(fraction=0.0), 'fraction'),
    (dict(seed=-1), 'seed'),
  ),
)
def test_impossible_options_are_refused(options, words):
  with pytest.raises(InputError, match=words):
    make_splits(source(), 'x', **options)


def test_permutations_differ_by_epoch_and_are_permutations():
  assert sorted(permutation(50, 0, 0)) == list(range(50))
  assert (permutation(50, 0, 0) != permutation(50, 0, 1)).any() and (permutation(50, 0, 1) == permutation(50, 0, 1)).all()


@pytest.mark.parametrize('test', (0, 80))
def test_the_first_of_a_source_in_blocks_are_of_all_kinds_and_any_other_keeps_its_order(test):
  def made(label, seed=0, **more):
    part = lambda n: {'image': np.zeros((n, 1, 1, 1), np.uint8), 'label': label(n)} | {k: v(n) for k, v in more.items()}
    return make_splits(Source(part(400), part(test) if test else None, tuple('abcd'), 'made'), 'x', seed=seed)

  blocks, mixed = lambda n: np.arange(n, dtype=np.int32) // (n // 4), lambda n: np.arange(n, dtype=np.int32) % 4
  for splits in (made(blocks), made(mixed, group=blocks)):
    kinds = splits.test['group'] if 'group' in splits.test else splits.test['label'].argmax(-1)
    assert len(np.unique(kinds[:20])) == 4 and (np.diff(splits.test['id']) < 0).any()
    assert (np.diff(splits.validation['id']) < 0).any()
  if test:
    assert (made(blocks).test['id'] == made(blocks, seed=1).test['id']).all()
  for part in (made(mixed).test, made(mixed).validation):
    assert (np.diff(part['id']) > 0).all()
