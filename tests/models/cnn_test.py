"""The golden network: its logits, its file, its features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.models import CNN, load_cnn
from jaxaug.types import InputError


@pytest.fixture(scope='module')
def variables(root):
  return load_cnn(root / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz')


def test_logits_are_the_golden_ones(variables, golden):
  run = jax.jit(CNN(10).apply)
  logits = np.concatenate([run(variables, rows / np.float32(255)) for rows in np.split(golden['image'], 5)])
  np.testing.assert_allclose(logits, golden['logits'], atol=1e-5, rtol=0)


def test_features_are_what_the_last_layer_reads(variables, golden):
  image = golden['image'][:3] / np.float32(255)
  logits, features = CNN(10).apply(variables, image, features=True)
  assert features.shape == (3, 128) and (features >= 0).all()
  last = variables['params']['dense1']
  np.testing.assert_allclose(np.asarray(features) @ last['kernel'] + last['bias'], logits, atol=1e-5)


def test_fresh_weights_have_the_shapes_of_the_stored_ones(variables):
  fresh = jax.eval_shape(CNN(10).init, jax.random.key(0), jnp.zeros((1, 28, 28, 1)))
  assert jax.tree.map(lambda a: (a.shape, a.dtype), fresh) == jax.tree.map(lambda a: (a.shape, a.dtype), variables)


def test_widths_hidden_and_classes_are_followed():
  run = lambda: CNN(5, (2, 3, 4, 6), 7).init_with_output(jax.random.key(0), jnp.ones((2, 8, 12, 3)), features=True)
  (logits, features), variables = jax.eval_shape(run)
  assert logits.shape == (2, 5) and features.shape == (2, 7)
  assert variables['params']['conv3']['kernel'].shape == (3, 3, 4, 6)
  assert variables['params']['dense0']['kernel'].shape == (2 * 3 * 6, 7)


def test_a_file_without_params_is_refused(tmp_path):
  np.savez(tmp_path / 'a.npz', image=np.zeros(3), other=np.ones(2))
  with pytest.raises(InputError, match='a.npz.*params/'):
    load_cnn(tmp_path / 'a.npz')
