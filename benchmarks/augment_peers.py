"""The peers' side of `benchmarks.augment`: a process in a virtual environment with torch, torchvision and kornia.

Reads a line `peer policy side`, runs that peer once over a batch of random images, answers with the seconds it took.
"""

import json
import multiprocessing
import sys
import time

import numpy as np
import torch

BATCH = {32: 512, 224: 64}


def torchvision_ops():
  """Declares torchvision's compiled ops, which no augmentation uses, where its wheel and torch do not fit each other."""
  names = 'nms qnms roi_align roi_pool ps_roi_align ps_roi_pool deform_conv2d'.split()
  library = torch.library.Library('torchvision', 'DEF')
  for name in names:
    library.define(f'{name}(Tensor given) -> Tensor')
    library.define(f'_{name}_backward(Tensor given) -> Tensor')
  return library


try:
  from torchvision.transforms import v2
except RuntimeError:
  for name in [name for name in sys.modules if name.startswith('torchvision')]:
    del sys.modules[name]
  LIBRARY = torchvision_ops()
  from torchvision.transforms import v2


def transform(policy):
  """torchvision's policy."""
  made = {'randaugment': v2.RandAugment, 'trivialaugment': v2.TrivialAugmentWide, 'autoaugment': v2.AutoAugment}
  return made[policy](*([v2.AutoAugmentPolicy.CIFAR10] if policy == 'autoaugment' else []))


def on_pictures(given):
  """A share of the batch, each as a PIL image."""
  import PIL.Image

  policy, images = given
  one = transform(policy)
  return np.stack([np.asarray(one(PIL.Image.fromarray(image))) for image in images])


def run(peer, policy, images, pool):
  """One batch through one peer; each image has its own draw, but kornia's, which draws the op once for a batch."""
  if peer == 'torchvision, tensors':
    one = transform(policy)
    return torch.stack([one(image) for image in torch.as_tensor(images).permute(0, 3, 1, 2)])
  if peer == 'torchvision, PIL':
    return on_pictures((policy, images))
  if peer == 'torchvision, PIL, 2 processes':
    return np.concatenate(pool.map(on_pictures, [(policy, part) for part in np.array_split(images, 2)]))
  from kornia.augmentation import auto

  made = {'randaugment': lambda: auto.RandAugment(2, 9), 'trivialaugment': auto.TrivialAugment}
  made['autoaugment'] = lambda: auto.AutoAugment('cifar10')
  return made[policy]()(torch.as_tensor(images).permute(0, 3, 1, 2).float() / 255)


def main():
  import kornia
  import PIL
  import torchvision

  versions = {m.__name__: m.__version__ for m in (torch, torchvision, kornia, PIL)}
  print(json.dumps(versions), flush=True)
  with multiprocessing.get_context('spawn').Pool(2) as pool:
    for line in sys.stdin:
      peer, policy, side = json.loads(line)
      images = np.random.default_rng(0).integers(0, 256, (BATCH[side], side, side, 3), np.uint8)
      torch.set_num_threads(2)
      start = time.perf_counter()
      run(peer, policy, images, pool)
      print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == '__main__':
  main()
