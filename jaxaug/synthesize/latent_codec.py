"""Images as the codes of a VAE that learnt them: what a generator for rows draws there in little time is decoded to an image."""

from collections.abc import Mapping

import jax
import numpy as np

from jaxaug.synthesize.artifacts import by_path, from_paths
from jaxaug.synthesize.codec import Codec, image_codec, row_codec
from jaxaug.synthesize.fit import fit as train
from jaxaug.synthesize.vae import vae, vae_codes

ROWS = 512  # encoded or decoded at once


def latent_codec(
  shape: tuple[int, int, int],
  *,
  code: int = 32,
  steps: int = 2000,
  beta: float = 0.05,
  batch_size: int = 128,
  seed: int = 0,
  sigma_data: float = 0.5,
) -> Codec:
  """Means of a VAE's codes, each number standardised to deviation `sigma_data`; decoding is the VAE's.

  Data are float [N, H, W, C] in [0, 1], encodings [N, code]; learnt holds the VAE's weights by their paths, `mean` and `deviation` [code].
  The VAE learns from what `fit` is given and nothing else, without labels.

  Args:
    shape: (H, W, C), H and W divisible by 4.
    code: numbers of a code.
    steps: of training.
    beta: weight of the KL term, far below the VAE's own 1: a code is to hold its image, how codes are spread is for the diffusion to learn.
    batch_size: images a step, over all devices.
    seed: of weights and batches.
    sigma_data: deviation of the encoding; the default is what `edm` expects.

  Returns:
    Codec; `fit` and `encode` raise InputError for other shapes and for values that are not in [0, 1].

  Source: Rombach et al., High-Resolution Image Synthesis with Latent Diffusion Models, 2022, section 3.1.
  """
  images, rows = image_codec(shape), row_codec(sigma_data)
  made = vae(tuple(shape), latent=code, beta=beta)
  form = jax.eval_shape(lambda: made.init(jax.random.key(0)).ema)
  halves = [jax.jit(lambda held, x, half=half: vae_codes(shape, held, latent=code)[half](x)) for half in (0, 1)]

  def run(half: int, learnt: Mapping, x: np.ndarray) -> np.ndarray:
    held, found = from_paths(form, learnt), []
    for at in range(0, len(x), ROWS):
      some = np.minimum(np.arange(at, at + ROWS), len(x) - 1)
      found.append(np.asarray(halves[half](held, np.asarray(x[some], np.float32))))
    return np.concatenate(found)[: len(x)]

  def fit(data: np.ndarray) -> Mapping:
    encoded = images.encode(images.fit(data), data)
    examples = {'encoded': encoded, 'condition': np.zeros((len(encoded), 0), np.float32)}
    found = train(made, examples, jax.random.key(seed), steps=steps, batch_size=batch_size, name='latent codec')
    learnt = by_path(found.variables)
    return learnt | dict(rows.fit(run(0, learnt, data)))

  def encode(learnt: Mapping, data: np.ndarray, seed: int = 0) -> np.ndarray:
    images.fit(data)
    return rows.encode(learnt, run(0, learnt, data), seed)

  def decode(learnt: Mapping, encoded: np.ndarray, seed: int = 0) -> np.ndarray:
    return run(1, learnt, rows.decode(learnt, encoded, seed))

  return Codec(fit, encode, decode, rows.activate, images.valid)
