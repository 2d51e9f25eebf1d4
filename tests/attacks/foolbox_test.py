"""Foolbox's PGD on the same network: another library's attack leaves what ours leaves."""

import jax
import numpy as np
import pytest

from jaxaug.attacks import pgd, threat_model
from jaxaug.models import CNN, as_model, load_cnn

foolbox = pytest.importorskip('foolbox')


@pytest.mark.parametrize('norm,epsilon,attack', [('linf', 0.1, 'LinfPGD'), ('l2', 1.0, 'L2PGD')])
def test_robust_accuracy_agrees(golden, root, norm, epsilon, attack):
  """200 images of the reference network; the two draw different starts."""
  variables = load_cnn(root / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz')
  network = CNN(10)
  image = (golden['image'][:200].reshape(-1, 28, 28, 1) / 255).astype(np.float32)
  label = golden['label'][:200].astype(np.int32)
  logits_fn = jax.jit(lambda x: network.apply(variables, x))
  model = foolbox.models.JAXModel(lambda x: logits_fn(x), bounds=(0, 1), data_format='channels_last')
  make = getattr(foolbox.attacks, attack)(rel_stepsize=0.1, steps=20)
  theirs = make(model, jax.numpy.asarray(image), jax.numpy.asarray(label), epsilons=epsilon)[2]
  ours = pgd(threat_model(norm, epsilon), steps=20, step_size=0.1 * epsilon, unroll=False)
  batch = {'image': image, 'label': np.eye(10, dtype=np.float32)[label]}
  moved = jax.jit(lambda key: ours(key, batch, as_model(logits_fn))['image'])(jax.random.key(0))
  right = np.asarray(logits_fn(moved)).argmax(-1) == label
  assert abs(right.mean() - (1 - np.asarray(theirs).mean())) <= 0.02
  assert (np.asarray(logits_fn(image)).argmax(-1) == label).mean() - right.mean() > 0.05
