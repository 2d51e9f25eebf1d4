"""What tests of the pipeline share."""

import pytest


def small_pipeline(**changed):
  return {
    'seeds': 2,
    'data': dict(source='wine', test=0.5, validation=0.0, per_class=8, imbalance={'class_2': 3}),
    'generator': dict(name='edm', width=16, depth=1),
    'fit': dict(steps=40, batch_size=16),
    'gate': dict(refused=0.1, outside=1.0, candidates=3.0),
    'mix': dict(targets={'class_2': 8}),
    'controls': ('class weights', 'smote'),
    'retrain': dict(learners=('logistic',), metric='recall', classes=('class_2',)),
    **changed,
  }


@pytest.fixture(scope='session')
def config():
  """(**changed) -> the config of a pipeline in small: wine, one class with 3 rows of 8."""
  return small_pipeline
