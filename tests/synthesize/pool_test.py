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
