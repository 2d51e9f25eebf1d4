"""The pieces of an evaluation; whole ones are in tests/train/fit_test.py."""
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import evaluate, models
from jaxaug.types import InputError


def test_attacks_keep_the_ratio_of_step_to_radius():
  model = models.as_model(lambda image: jnp.stack([image.sum((1, 2, 3)), jnp.zeros(len(image))], -1))
  batch = {'image': np.full((1, 2, 2, 1), .5, np.float32), 'label': np.eye(2, dtype=np.float32)[:1]}
  import jax
  make = evaluate.attack_of(dict(epsilon=.1, step_size=.05, steps=1, random_start=False))
  for epsilon in (.1, .2):
    moved = make(epsilon)(jax.random.key(0), batch, model)['image']
    assert np.allclose(moved, .5 - epsilon / 2)
  with pytest.raises(InputError, match="'eps' is unknown"):
    evaluate.attack_of(dict(eps=.1))


def test_descriptions_say_norm_radius_steps_and_restarts():
  assert evaluate.describe(dict(norm='l2', epsilon=.5, steps=20, step_size=.1, restarts=2)) == 'PGD-20, L2 0.5, step 0.1, 2 restarts'


def test_first_takes_from_the_start():
  examples = {'a': np.arange(5), 'b': np.arange(10).reshape(5, 2)}
  assert evaluate.first(examples, 2)['b'].tolist() == [[0, 1], [2, 3]] and len(evaluate.first(examples, 0)['a']) == 5


def test_networks_come_from_their_section():
  network = evaluate.create_network(dict(name='mlp', hidden=[4]), 3)
  assert network.hidden == (4,) and network.num_classes == 3
