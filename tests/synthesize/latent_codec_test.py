"""Images as codes of a VAE: they come back, the codec is what it learnt, and only images may come."""

import numpy as np
import pytest

from jaxaug.synthesize.generation import codec_of
from jaxaug.synthesize.latent_codec import latent_codec
from jaxaug.types import InputError

LABEL = np.arange(64) % 4
IMAGES = (0.8 * np.kron(np.eye(4)[LABEL].reshape(64, 2, 2), np.ones((1, 4, 4)))[..., None] + 0.1).astype(np.float32)


@pytest.fixture(scope='module')
def codec():
  made = latent_codec((8, 8, 1), code=3, steps=300, batch_size=32)
  return made, made.fit(IMAGES)


def test_images_come_back_from_standardised_codes(codec):
  made, learnt = codec
  codes = made.encode(learnt, IMAGES)
  assert codes.shape == (64, 3) and codes.dtype == np.float32
  np.testing.assert_allclose(codes.std(0), 0.5, atol=1e-3)
  back = made.decode(learnt, codes)
  assert back.shape == IMAGES.shape and np.abs(back - IMAGES).mean() < 0.1 < np.abs(IMAGES - IMAGES.mean(0)).mean()
  np.testing.assert_allclose(made.decode(learnt, codes[:5]), back[:5], atol=1e-5)


def test_what_it_learnt_are_arrays_and_all_it_needs(codec):
  made, learnt = codec
  assert all(isinstance(value, np.ndarray) for value in learnt.values())
  other = latent_codec((8, 8, 1), code=3, steps=1)
  np.testing.assert_array_equal(other.encode(dict(learnt), IMAGES[:3]), made.encode(learnt, IMAGES[:3]))


def test_other_data_are_refused(codec):
  made, learnt = codec
  with pytest.raises(InputError, match='image_codec'):
    made.encode(learnt, IMAGES + 1)
  with pytest.raises(InputError, match="generator.codec: 'latent' is for data of kind 'image', these are of kind 'series'"):
    codec_of('series', (4, 2), dict(name='latent'))
  with pytest.raises(InputError, match='stepps'):
    codec_of('image', (8, 8, 1), dict(name='latent', stepps=3))
