"""The pieces of an evaluation; whole ones are in tests/train/fit_test.py."""

import numpy as np

from jaxaug import evaluate


def test_first_takes_from_the_start():
  examples = {'a': np.arange(5), 'b': np.arange(10).reshape(5, 2)}
  assert evaluate.first(examples, 2)['b'].tolist() == [[0, 1], [2, 3]] and len(evaluate.first(examples, 0)['a']) == 5


def test_networks_come_from_their_section():
  network = evaluate.create_network(dict(name='mlp', hidden=[4]), 3)
  assert network.hidden == (4,) and network.num_classes == 3
