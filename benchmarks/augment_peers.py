"""The peers' side of `benchmarks.augment` and `augment_ops`: a process in a virtual environment with the peers in it.

Reads a line `peer policy side`, runs that peer once over a batch of random images, answers with the seconds it took.
"""

import functools
import importlib.metadata
import json
import multiprocessing
import sys
import time

import numpy as np
import torch

BATCH = {32: 512, 224: 64}
SINGLE = ('rotate', 'brightness', 'solarize')


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


@functools.cache
def single(peer, what):
  """Function of a uint8 batch [B, H, W, C] (or of its floats, made before the clock starts), each image with its own draw."""
  if peer == 'torchvision, tensors':
    one = {
      'rotate': v2.RandomRotation(30),
      'brightness': v2.ColorJitter(brightness=0.5),
      'solarize': v2.RandomSolarize(128, 1.0),
    }
    return lambda images: torch.stack([one[what](image) for image in torch.as_tensor(images).permute(0, 3, 1, 2)])
  if peer == 'albumentations':
    import albumentations

    one = {
      'rotate': albumentations.Rotate(30, p=1),
      'brightness': albumentations.ColorJitter((0.5, 1.5), (1, 1), (1, 1), (0, 0), p=1),
      'solarize': albumentations.Solarize((0, 1), p=1),
    }
    return lambda images: np.stack([one[what](image=image)['image'] for image in images])
  if peer == 'kornia':
    from kornia import augmentation

    one = {
      'rotate': lambda: augmentation.RandomRotation(30, p=1),
      'brightness': lambda: augmentation.RandomBrightness((0.5, 1.5), p=1),
      'solarize': lambda: augmentation.RandomSolarize((0, 0.5), p=1),
    }[what]()
    return lambda images: one(torch.as_tensor(images).permute(0, 3, 1, 2))
  import jax

  if peer == 'augmax':
    import augmax

    one = {'rotate': augmax.Rotate((-30, 30)), 'brightness': augmax.RandomBrightness((-0.5, 0.5), p=1.0)}
    one |= {'solarize': augmax.Solarization(p=1.0)}
    of_one = augmax.Chain(one[what])
  else:
    import dm_pix

    share = jax.random.uniform
    of_one = {
      'rotate': lambda key, image: dm_pix.rotate(image, share(key, minval=-0.5236, maxval=0.5236)),
      'brightness': lambda key, image: dm_pix.random_brightness(key, image, 0.5),
      'solarize': lambda key, image: dm_pix.solarize(image, share(key)),
    }[what]
  compiled = jax.jit(jax.vmap(of_one))
  return lambda images: compiled(jax.random.split(jax.random.key(0), len(images)), images).block_until_ready()


def main():
  import kornia
  import PIL
  import torchvision

  versions = {m.__name__: m.__version__ for m in (torch, torchvision, kornia, PIL)}
  for name in ('albumentations', 'jax', 'augmax', 'dm_pix'):
    try:
      versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
      versions[name] = 'not installed'
  print(json.dumps(versions), flush=True)
  with multiprocessing.get_context('spawn').Pool(2) as pool:
    for line in sys.stdin:
      peer, policy, side = json.loads(line)
      images = np.random.default_rng(0).integers(0, 256, (BATCH[side], side, side, 3), np.uint8)
      torch.set_num_threads(2)
      apply = lambda given, peer=peer, policy=policy: run(peer, policy, given, pool)
      if policy in SINGLE:
        apply = single(peer, policy)
        images = images if peer in ('torchvision, tensors', 'albumentations') else images / np.float32(255)
      start = time.perf_counter()
      apply(images)
      print(json.dumps(time.perf_counter() - start), flush=True)


if __name__ == '__main__':
  main()
