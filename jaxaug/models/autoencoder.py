"""A small convolutional autoencoder, and the file it is kept in together with the auxiliary classifier of its training data."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from jaxaug.models.cnn import CNN
from jaxaug.models.convolution import conv
from jaxaug.types import UNREADABLE, Array, InputError, PyTree

NETWORKS = ('autoencoder', 'classifier')


class Autoencoder(nn.Module):
  """Two 3x3 convolutions of stride 2 and a dense layer to the code; a dense layer and twice a doubled side and a convolution back.

  Attributes:
    image_shape: (H, W, C), H and W divisible by 4.
    code: numbers D that an image becomes.
    widths: channels at half and at a quarter of the side.

  `encode` takes image [B, H, W, C] float in [0, 1] to code [B, D] float32, `decode` a code to an image in (0, 1); a call is
  one after the other. Both are pure and work row by row.

  Raises:
    InputError: a side that 4 does not divide, images of another shape.

  Source: Hinton and Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, 2006; doubling and convolving in place of
  transposed convolutions: Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts, 2016.
  """

  image_shape: tuple[int, int, int]
  code: int = 16
  widths: tuple[int, int] = (16, 32)

  def setup(self):
    height, width, channels = self.image_shape
    if height % 4 or width % 4 or self.code < 1:
      raise InputError(f'autoencoder: sides {height} x {width} must be divisible by 4, code {self.code} at least 1')
    fine, coarse = self.widths
    self.down0, self.down1, self.to_code = conv(fine, 3, 2), conv(coarse, 3, 2), nn.Dense(self.code)
    self.from_code = nn.Dense(height // 4 * (width // 4) * coarse)
    self.up, self.paint = conv(fine, 3), conv(channels, 3)

  def encode(self, image: Array) -> Array:
    """image [B, H, W, C] float in [0, 1] -> code [B, D] float32."""
    if image.shape[1:] != tuple(self.image_shape):
      raise InputError(f'autoencoder: made for images of {tuple(self.image_shape)}, these are {image.shape[1:]}')
    x = nn.relu(self.down1(nn.relu(self.down0(image - 0.5))))
    return self.to_code(x.reshape(len(x), -1))

  def decode(self, code: Array) -> Array:
    """code [B, D] -> image [B, H, W, C] float32 in (0, 1)."""
    height, width, _ = self.image_shape
    x = nn.relu(self.from_code(code)).reshape(len(code), height // 4, width // 4, self.widths[1])
    double = lambda x: x.repeat(2, 1).repeat(2, 2)
    return nn.sigmoid(self.paint(double(nn.relu(self.up(double(x))))))

  def __call__(self, image: Array) -> Array:
    return self.decode(self.encode(image))


class StoredAutoencoder(NamedTuple):
  """What the file holds."""

  network: Autoencoder
  params: PyTree
  center: np.ndarray  # [D], mean of the codes of the training images
  scale: np.ndarray  # [D], their standard deviation
  classifier: CNN
  classifier_params: PyTree
  about: Mapping[str, Any]  # plain values: how it was trained, on what, with what versions, and what it reached
  id: np.ndarray  # [N] int32, the examples it was trained on

  def encode(self, image: Array) -> Array:
    """image [B, H, W, C] -> code [B, D], whose entries have mean 0 and deviation 1 over the training images."""
    code = self.network.apply({'params': self.params}, image, method='encode')
    return (code - self.center[None]) / self.scale[None]

  def decode(self, code: Array) -> Array:
    """code [B, D] in those units -> image [B, H, W, C] in (0, 1)."""
    return self.network.apply({'params': self.params}, code * self.scale[None] + self.center[None], method='decode')

  def logits(self, image: Array) -> Array:
    """image [B, H, W, C] -> logits [B, K] of the auxiliary classifier."""
    return self.classifier.apply({'params': self.classifier_params}, image)


def save_autoencoder(path: str | os.PathLike, stored: StoredAutoencoder) -> None:
  """Writes the npz, at once or not at all.

  Args:
    path: of the file.
    stored: what it shall hold.
  """
  trees = dict(zip(NETWORKS, (stored.params, stored.classifier_params)))
  leaves = {f'{name}/{at}': leaf for name, tree in trees.items() for at, leaf in flatten_dict(tree, sep='/').items()}
  network, classifier = stored.network, stored.classifier
  about = dict(
    stored.about,
    autoencoder=dict(image_shape=network.image_shape, code=network.code, widths=network.widths),
    classifier=dict(num_classes=classifier.num_classes, widths=classifier.widths, hidden=classifier.hidden),
  )
  partial = f'{path}.{os.getpid()}.npz'
  others = dict(center=stored.center, scale=stored.scale, id=stored.id, about=json.dumps(about))
  np.savez_compressed(partial, **jax.device_get(leaves), **others)
  os.replace(partial, path)


def read_autoencoder(path: str | os.PathLike) -> StoredAutoencoder:
  """Reads what `save_autoencoder` wrote.

  Args:
    path: of the npz.

  Returns:
    StoredAutoencoder.

  Raises:
    InputError: no such file, or one that is something else.
  """
  try:
    with np.load(path, allow_pickle=False) as file:
      held = dict(file)
    about = json.loads(str(held['about']))
    trees = []
    for name in NETWORKS:
      leaves = {at.removeprefix(f'{name}/'): leaf for at, leaf in held.items() if at.startswith(f'{name}/')}
      trees.append(unflatten_dict(leaves, sep='/'))
    listed = lambda section: {field: tuple(v) if isinstance(v, list) else v for field, v in about[section].items()}
    networks = Autoencoder(**listed('autoencoder')), CNN(**listed('classifier'))
    return StoredAutoencoder(networks[0], trees[0], held['center'], held['scale'], networks[1], trees[1], about, held['id'])
  except UNREADABLE as error:
    raise InputError(f'autoencoder {path}: is no file of jaxaug.train.fit_autoencoder ({error})') from error


def load_autoencoder(path: str | os.PathLike) -> tuple[Callable[[Array], Array], Callable[[Array], Array]]:
  """The two halves as pure functions, in code units of one standard deviation of the training images.

  Args:
    path: of the npz that `jaxaug.train.fit_autoencoder` wrote.

  Returns:
    (encode: image [B, H, W, C] float in [0, 1] -> code [B, D]; decode: code -> image in (0, 1)).

  Raises:
    InputError: no such file, or one that is something else.
  """
  stored = read_autoencoder(path)
  return jax.jit(stored.encode), jax.jit(stored.decode)
