"""The peers' side of `benchmarks.attacks`: a process in a virtual environment with torch and the peers in it.

Reads JSON lines {"what", ...}, answers with {"seconds", ...}; first its versions.
"""

import importlib.metadata
import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

GOLDEN = pathlib.Path(__file__).parent.parent / 'tests' / 'golden' / 'autoattack_fmnist_linf.npz'
STEPS, STEP_SIZE, EPSILON = 10, 0.0125, 0.1


class Network(nn.Module):
  """The golden network."""

  def __init__(self, stored):
    super().__init__()
    kernels = [stored[f'params/conv{i}/kernel'] for i in range(4)]
    self.convolutions = nn.ModuleList(
      nn.Conv2d(k.shape[2], k.shape[3], 3, stride, 1) for k, stride in zip(kernels, (1, 2, 1, 2))
    )
    self.dense = nn.ModuleList((nn.Linear(3136, 128), nn.Linear(128, 10)))
    with torch.no_grad():
      for i, layer in enumerate(self.convolutions):
        layer.weight.copy_(torch.as_tensor(kernels[i].transpose(3, 2, 0, 1)))
        layer.bias.copy_(torch.as_tensor(stored[f'params/conv{i}/bias']))
      for i, layer in enumerate(self.dense):
        layer.weight.copy_(torch.as_tensor(stored[f'params/dense{i}/kernel'].T))
        layer.bias.copy_(torch.as_tensor(stored[f'params/dense{i}/bias']))

  def forward(self, image):
    for layer in self.convolutions:
      image = functional.relu(layer(image))
    flat = image.permute(0, 2, 3, 1).reshape(len(image), -1)
    return self.dense[1](functional.relu(self.dense[0](flat)))


def autoattack(network, image, label, norm, epsilon, seed):
  """{'seconds', 'robust'} of the reference, standard version."""
  from pyautoattack import AutoAttack

  attack = AutoAttack(network, norm={'linf': 'Linf', 'l2': 'L2', 'l1': 'L1'}[norm], eps=epsilon, seed=seed, device='cpu')
  start = time.perf_counter()
  _, found = attack.run_standard_evaluation(image, label, batch_size=256)
  return {'seconds': time.perf_counter() - start, 'robust': (found == label).tolist()}


def from_start(network, image, label, norm, epsilon, loss, start):
  """{'robust'} of the reference's Auto-PGD from a given start."""
  from pyautoattack.autopgd_base import APGDAttack

  attack = APGDAttack(
    network, norm={'linf': 'Linf', 'l2': 'L2'}[norm], eps=epsilon, n_iter=100, loss=loss, seed=0, device='cpu'
  )
  attack.init_hyperparam(image)
  _, robust, _, _ = attack.attack_single_run(image, label, x_init=torch.as_tensor(start, dtype=torch.float32))
  return {'robust': robust.bool().tolist()}


def pgd(network, image, label, peer):
  """{'seconds', 'robust'} of ten steps."""
  if peer == 'torchattacks':
    import torchattacks

    attack = torchattacks.PGD(network, eps=EPSILON, alpha=STEP_SIZE, steps=STEPS)
    run = lambda: attack(image, label)
  else:
    import foolbox

    model = foolbox.PyTorchModel(network, bounds=(0, 1), device='cpu')
    attack = foolbox.attacks.LinfPGD(abs_stepsize=STEP_SIZE, steps=STEPS)
    run = lambda: attack(model, image, label, epsilons=EPSILON)[1]
  start = time.perf_counter()
  moved = run()
  seconds = time.perf_counter() - start
  return {'seconds': seconds, 'robust': (network(moved).argmax(-1) == label).tolist()}


def main():
  torch.set_num_threads(2)
  packages = ('torch', 'pyautoattack', 'torchattacks', 'foolbox')
  print(json.dumps({package: importlib.metadata.version(package) for package in packages}), flush=True)
  with np.load(GOLDEN) as stored:
    stored = dict(stored)
  network = Network(stored).eval()
  image = torch.as_tensor(stored['image'].transpose(0, 3, 1, 2) / np.float32(255))
  label = torch.as_tensor(stored['label'])
  for line in sys.stdin:
    given = json.loads(line)
    count = given.pop('count')
    run = {'autoattack': autoattack, 'from_start': from_start, 'pgd': pgd}[given.pop('what')]
    print(json.dumps(run(network, image[:count], label[:count], **given)), flush=True)


if __name__ == '__main__':
  main()
