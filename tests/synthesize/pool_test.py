"""The pool: as many candidates in every seed, and a digest that sees what was refused."""

import numpy as np

from jaxaug.synthesize.pool import Pool, asked_classes, attempt_key


def test_every_seed_asks_for_as_many_and_for_what_it_wants():
  wanted = np.array([[0, 3, 0], [2, 0, 1]])
  asked = asked_classes(wanted, 1.5)
  assert asked.shape == (2, 5)
  for of, count in zip(asked, wanted):
    assert (np.bincount(of, minlength=3) >= count).all()


def test_attempts_have_keys_of_their_own():
  keys = [attempt_key(seed, attempt) for seed in range(2) for attempt in range(2)]
  assert len({str(key) for key in keys}) == 4


def test_a_rejection_is_another_pool():
  refused = np.zeros((1, 2, 3), bool)
  pool = Pool(np.zeros((1, 2, 4), np.float32), np.zeros((1, 2), int), refused, *[np.zeros((1, 2))] * 3, np.ones(1), 0, 1)
  other = pool._replace(refused=refused | np.array([True, False])[None, :, None])
  assert pool.digest() != other.digest() and pool.allowed.all() and other.allowed.tolist() == [[False, True]]


def test_rows_that_are_not_finite_reach_no_learner():
  from jaxaug.synthesize import pipeline
  from jaxaug.synthesize.artifacts import Artifact
  from jaxaug.synthesize.gate import REASONS

  random, label = np.random.default_rng(0), np.tile([0, 1], 10)
  rows = (random.normal(size=(1, 20, 3)) + 3 * label[None, :, None]).astype(np.float32)
  held = {'train_rows': rows, 'train_label': label[None], 'test_rows': rows, 'test_label': label[None]}
  drawn, refused = np.full((1, 4, 3), 3, np.float32), np.zeros((1, 4, len(REASONS)), bool)
  drawn[0, 0], refused[0, 0, 0] = np.nan, True
  pool = Pool(drawn, np.ones((1, 4), int), refused, *[np.zeros((1, 4))] * 3, np.ones(1), 0, 1)
  config = {'controls': ['smote'], 'retrain': {'learners': ['logistic'], 'alone': False}, 'seed': 0}
  arrays, about = pipeline._retrain(config, Artifact('', held, {}), pool, np.array([0, 4]), 0)
  assert about['added'] == {'real only': 0, 'smote': 4, 'synthetic': 3, 'synthetic ungated': 3} and arrays[
    'answers'
  ].shape == (4, 1, 20)


def test_what_the_reviewer_rejects_is_missing(tmp_path):
  from jaxaug.synthesize.gate import REASONS
  from jaxaug.synthesize.pool import reviewed

  refused = np.zeros((1, 3, len(REASONS)), bool)
  pool = Pool(np.zeros((1, 3, 2), np.float32), np.zeros((1, 3), int), refused, *[np.zeros((1, 3))] * 3, np.ones(1), 0, 1)
  (tmp_path / 'review.csv').write_text('seed,row,decision\n0,0,reject\n0,1,accept\n0,2,reject\n')
  assert reviewed(tmp_path, pool, ('a',), np.array([[2]])).missing == 1
  assert reviewed(tmp_path, pool, ('a',), np.array([[1]])).missing == 0
