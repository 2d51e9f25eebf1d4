"""Detection and training on generated tables: what is plainly alike, plainly different and plainly useless."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from jaxaug.metrics import detection, trts, tstr, wilson
from jaxaug.types import InputError


def people(seed, rows=300, shift=0.0):
  """Two numbers and a town; `sick` follows from all three."""
  random = np.random.default_rng(seed)
  age, weight = random.normal(shift, 1, rows), random.normal(0, 5, rows)
  town = random.integers(0, 3, rows)
  sick = age + weight / 5 + town - 1 > 0
  return pd.DataFrame(
    {'age': age, 'weight': weight, 'town': np.array(['x', 'y', 'z'])[town], 'sick': np.where(sick, 'yes', 'no')}
  )


def test_detection_of_the_same_of_copies_and_of_other_tables():
  real = people(0)
  same, near, far = (detection(real, people(1, shift=shift)) for shift in (0, 1, 9))
  assert same > 0.85 and 0.2 < near < 0.7 and far == 0
  assert 0.95 < detection(real, real) <= 1
  assert detection(real, people(1).assign(town='elsewhere')) < 0.01  # a new category gives rows away
  gaps = people(1)
  gaps.loc[::2, 'age'] = np.nan
  assert detection(real, gaps) < 0.6  # and so do missing values


def test_detection_is_one_number_a_seed_whatever_the_units():
  real, fake = people(0), people(1, shift=0.5)
  assert detection(real, fake) == detection(real, fake) != detection(real, fake, seed=1)
  metres = lambda table: table.assign(age=1000 * table['age'] + 7)
  assert detection(metres(real), metres(fake)) == pytest.approx(detection(real, fake), abs=1e-3)
  assert 0 <= detection(real, fake, discrete=['town', 'sick']) == detection(real, fake) <= 1


def test_a_faithful_table_teaches_and_a_mixed_up_one_does_not():
  real, fake, test = people(0), people(1), people(2)
  logistic = LogisticRegression()
  for learner, least in ((logistic, 0.95), (None, 0.85)):
    taught, by_real = tstr(fake, test, 'sick', learner), tstr(real, test, 'sick', learner)
    assert taught.low > least - 0.05 and taught.value > least and abs(taught.value - by_real.value) < 0.1
    assert trts(real, fake, 'sick', learner).value > least
  mixed = fake.assign(sick=fake['sick'].sample(frac=1, random_state=0).to_numpy())
  assert tstr(mixed, test, 'sick', logistic).high < 0.75 and trts(real, mixed, 'sick', logistic).high < 0.65
  assert tstr(fake, test, 'sick', logistic) == tstr(fake, test, 'sick', logistic)
  assert not hasattr(logistic, 'coef_')  # the caller's learner is left as it is


def test_the_accuracy_is_wilsons_of_a_learner_that_says_one_thing():
  test = people(2)
  only_yes = people(1).assign(sick='yes')  # a generator that lost a class; nothing can be learned
  assert tstr(only_yes, test, 'sick', LogisticRegression()) == wilson(int((test['sick'] == 'yes').sum()), 300)
  assert tstr(people(1).assign(sick='never'), test, 'sick').value == 0


def test_a_target_may_be_a_number_and_a_category_may_be_new():
  number = lambda table: table.assign(sick=(table['sick'] == 'yes').astype(int))
  plain = tstr(people(1), people(2), 'sick', LogisticRegression())
  assert tstr(number(people(1)), number(people(2)), 'sick', LogisticRegression()) == plain
  assert tstr(number(people(1)), number(people(2)), 'sick', LogisticRegression(), discrete=['town']) == plain
  fewer = people(1)[lambda table: table['town'] != 'z']
  assert 0.5 < tstr(fewer, people(2), 'sick', LogisticRegression()).value < plain.value


def test_tables_that_do_not_fit_are_refused():
  real = people(0, 20)
  with pytest.raises(InputError, match='fake: 2 rows, needs at least 3'):
    detection(real, real[:2])
  with pytest.raises(InputError, match=r"fake: lacks columns \['age'\]"):
    detection(real, real.drop(columns='age'))
  for exam in (lambda a, b: tstr(b, a, 'sick'), lambda a, b: trts(a, b, 'sick')):
    with pytest.raises(InputError, match="target: fake has no column 'sick'"):
      exam(real, real.drop(columns='sick'))
    with pytest.raises(InputError, match=r"columns \['age'\]"):
      exam(real, real.assign(age='old'))
    with pytest.raises(InputError, match='0 columns'):
      exam(real[['sick']], real[['sick']])


def test_one_row_of_a_class_among_many_rows_is_learnt_from():
  random = np.random.default_rng(0)
  many = pd.DataFrame({'x': random.integers(0, 2, 10_100).astype(float)})
  many['y'] = np.where(many['x'] > 0, 'a', 'b')
  many.loc[0, 'y'] = 'c'
  assert tstr(many, many[1:200], 'y').value == 1
