"""What controls make: of the class asked for, where they should be, and from real rows alone."""

import numpy as np
import pytest

from jaxaug.synthesize.controls import CONTROLS, classic, copula, gaussian, jitter, oversampling, smote
from jaxaug.types import InputError

RANDOM = np.random.default_rng
LABEL = np.array([0] * 30 + [1] * 4)
ROWS = (RANDOM(0).normal(size=(34, 6)) + 10 * LABEL[:, None]).astype(np.float32)
WANTED = np.array([1] * 40 + [0] * 3)


@pytest.mark.parametrize('name', CONTROLS)
def test_rows_are_of_the_class_and_follow_the_generator(name):
  shape = (34, 3, 2) if name == 'classic' else (34, 6)
  make = lambda seed: CONTROLS[name](RANDOM(seed), ROWS.reshape(shape), LABEL, WANTED)
  made = make(1)
  assert made.shape == (43, *shape[1:]) and made.dtype == np.float32 and np.isfinite(made).all()
  assert (made.reshape(43, -1).mean(1)[:40] > 5).all() and (made.reshape(43, -1).mean(1)[40:] < 5).all()
  np.testing.assert_array_equal(made, make(1))
  assert (made != make(2)).any()
  with pytest.raises(InputError, match='class 2 has no real row'):
    CONTROLS[name](RANDOM(0), ROWS.reshape(shape), LABEL, np.array([2]))


def test_copies_are_copies_and_jitter_has_its_size():
  copies = oversampling(RANDOM(0), ROWS, LABEL, WANTED)
  assert all((copy == ROWS).all(1).any() for copy in copies)
  many = jitter(RANDOM(0), ROWS, LABEL, np.zeros(2000, int), scale=0.01)
  near = np.abs(many[:, None] - ROWS[None, :30]).sum(-1).argmin(1)
  np.testing.assert_allclose((many - ROWS[near]).std(0), 0.01 * ROWS.std(0), rtol=0.1)
  assert (many >= ROWS.min(0)).all() and (many <= ROWS.max(0)).all()


def test_smote_lies_between_a_row_and_a_neighbour():
  made = smote(RANDOM(0), ROWS, LABEL, np.ones(50, int))
  minority = ROWS[LABEL == 1].astype(np.float64)

  def on_a_segment(row):
    for a in minority:
      for b in minority:
        length = np.linalg.norm(b - a)
        if length and abs(np.linalg.norm(row - a) + np.linalg.norm(row - b) - length) < 1e-4:
          return True
    return False

  assert all(on_a_segment(row) for row in made)
  one = np.array([0] * 30 + [1])
  np.testing.assert_array_equal(smote(RANDOM(0), ROWS[:31], one, np.array([1]))[0], ROWS[30])  # no neighbour: a copy


def test_gaussian_has_the_mean_of_the_class_and_the_pooled_covariance():
  rows = RANDOM(0).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4000).astype(np.float32)
  label = np.arange(4000) % 2
  rows[label == 1] += 3
  made = gaussian(RANDOM(1), rows, label, np.ones(4000, int))
  np.testing.assert_allclose(made.mean(0), [3, 3], atol=0.1)
  np.testing.assert_allclose(np.cov(made.T), [[1, 0.8], [0.8, 1]], atol=0.1)


def test_a_copula_keeps_marginals_of_the_class_and_correlation():
  rows = RANDOM(0).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4000).astype(np.float32)
  label = np.arange(4000) % 2
  rows[label == 1] = np.exp(rows[label == 1])
  made = copula(RANDOM(1), rows, label, np.ones(4000, int))
  real = rows[label == 1]
  assert made.min() >= real.min() and made.max() <= real.max()
  for channel in range(2):
    np.testing.assert_allclose(
      np.quantile(made[:, channel], [0.1, 0.5, 0.9]), np.quantile(real[:, channel], [0.1, 0.5, 0.9]), rtol=0.1
    )
  np.testing.assert_allclose(np.corrcoef(np.log(made).T)[0, 1], 0.8, atol=0.03)


def test_classic_shifts_images_by_a_pixel_and_refuses_tables():
  image = np.zeros((1, 5, 5, 1), np.float32)
  image[0, 2, 2] = 1
  made = classic(RANDOM(0), image, np.zeros(1, int), np.zeros(200, int))
  places = {tuple(np.argwhere(one[..., 0])[0]) for one in made}
  assert places == {(i, j) for i in (1, 2, 3) for j in (1, 2, 3)}
  with pytest.raises(InputError, match='these are rows of a table'):
    classic(RANDOM(0), ROWS, LABEL, WANTED)
