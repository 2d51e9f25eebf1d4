"""A run that learns from another."""

import json

import jax
import numpy as np
import pytest

from jaxaug import data, evaluate, train
from jaxaug.train.loop import train_arm
from jaxaug.types import InputError

CONFIG = dict(
  data=dict(source='digits', seed=3),
  model=dict(name='mlp', hidden=(16,)),
  train=dict(steps=20, batch_size=64, log_every=20, evaluate_every=20),
  evaluate=dict(attack={}, validation_steps=0),
  arms=dict(other=dict(optimizer=dict(learning_rate=0.01)), teacher=dict(optimizer=dict(learning_rate=0.2))),
)


@pytest.fixture(scope='module')
def teacher(tmp_path_factory):
  folder = tmp_path_factory.mktemp('teacher') / 'run'
  train.fit(CONFIG, folder)
  return folder


def student(teacher, **data_section):
  objective = dict(name='adversarial_distillation', teacher=str(teacher), arm='teacher', attack=dict(steps=1))
  config = {**CONFIG, 'objective': objective, 'arms': {}, 'data': {**CONFIG['data'], **data_section}}
  return train_arm('main', evaluate.arms_of(config)['main'], data.load(config['data']))


def test_it_answers_as_the_run_did(teacher):
  answer = train.load_teacher(teacher, 'teacher')
  with np.load(teacher / 'predictions-teacher.npz') as stored, np.load(teacher / 'samples-teacher.npz') as samples:
    image = samples['image'] if samples['image'].dtype == np.float32 else samples['image'] / np.float32(255)
    np.testing.assert_allclose(jax.jit(answer)(image), stored['logits'][: len(image)], atol=1e-4)


def test_a_student_trains_on_the_same_split_and_no_other(teacher, tmp_path):
  assert student(teacher)(tmp_path)['taken'] == 20
  with pytest.raises(
    InputError, match='test examples of this run; give both the same data.seed|validation examples of this run'
  ):
    student(teacher, seed=4)


def test_what_is_no_teacher_is_refused(teacher, tmp_path):
  with pytest.raises(InputError, match='holds no finished run'):
    train.load_teacher(tmp_path)
  with pytest.raises(InputError, match="objective.arm: 'third' is unknown"):
    train.load_teacher(teacher, 'third')
  with pytest.raises(InputError, match='has the arms other, teacher; name one'):
    train.load_teacher(teacher)
  config = json.loads((teacher / 'config.json').read_text())
  assert config['data']['source'] == 'digits'


def test_each_seed_learns_from_the_teacher_of_its_own_split(tmp_path):
  config = {'objective': {'name': 'erm'}, 'arms': {'a': {'objective': {'teacher': 'runs/t/seed-3'}}, 'b': {}}}
  assert train.teachers_of_seed(config, 3, 3) == config
  assert train.teachers_of_seed(config, 3, 5)['arms'] == {'a': {'objective': {'teacher': 'runs/t/seed-5'}}, 'b': {}}
  alone = {'objective': {'teacher': 'runs/t'}}
  assert train.teachers_of_seed(alone, 0, 0) == alone
  with pytest.raises(InputError, match='objective.teacher: runs/t is the teacher of one split'):
    train.fit_seeds({**CONFIG, **alone}, tmp_path / 'none', 2)
  assert not (tmp_path / 'none').exists()
