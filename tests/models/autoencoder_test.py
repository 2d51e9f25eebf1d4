"""The autoencoder's shapes and ranges, and the file it is kept in."""

import jax
import numpy as np
import pytest

from jaxaug.models import CNN, Autoencoder, StoredAutoencoder, load_autoencoder, read_autoencoder, save_autoencoder
from jaxaug.types import InputError

IMAGE = np.random.default_rng(0).random((5, 8, 12, 3), np.float32)


@pytest.fixture(scope='module')
def stored():
  network, classifier = Autoencoder((8, 12, 3), 6, (4, 5)), CNN(3, (2, 2, 2, 2), 4)
  params, others = (
    jax.jit(module.init)(jax.random.key(i), IMAGE)['params'] for i, module in enumerate((network, classifier))
  )
  center, scale = np.arange(6, dtype=np.float32), np.linspace(0.5, 2, 6, dtype=np.float32)
  about = {'source': 'made', 'validation': {'error': 0.25}}
  return StoredAutoencoder(network, params, center, scale, classifier, others, about, np.arange(7, dtype=np.int32))


def test_shapes_ranges_and_rows(stored):
  code = jax.jit(stored.encode)(IMAGE)
  made = jax.jit(stored.decode)(code)
  assert code.shape == (5, 6) and made.shape == IMAGE.shape and made.dtype == np.float32
  assert 0 < made.min() and made.max() < 1
  np.testing.assert_allclose(made, stored.network.apply({'params': stored.params}, IMAGE), atol=1e-5)  # the units cancel
  np.testing.assert_allclose(stored.encode(IMAGE[3:4]), code[3:4], atol=1e-5)
  raw = stored.network.apply({'params': stored.params}, IMAGE, method='encode')
  np.testing.assert_allclose(code, (raw - stored.center[None]) / stored.scale[None], atol=1e-5)


def test_a_far_code_still_decodes_into_the_box(stored):
  made = np.asarray(stored.decode(1e4 * np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)))
  assert np.isfinite(made).all() and made.min() >= 0 and made.max() <= 1


def test_the_file_gives_back_the_same_functions(stored, tmp_path):
  path = tmp_path / 'autoencoder.npz'
  save_autoencoder(path, stored)
  encode, decode = load_autoencoder(path)
  code = np.random.default_rng(2).normal(size=(3, 6)).astype(np.float32)
  np.testing.assert_allclose(encode(IMAGE), stored.encode(IMAGE), atol=1e-6)
  np.testing.assert_allclose(decode(code), stored.decode(code), atol=1e-6)
  again = read_autoencoder(path)
  assert again.network == stored.network and again.classifier == stored.classifier
  assert again.about.items() >= stored.about.items() and (again.id == np.arange(7)).all()
  assert (again.logits(IMAGE) == stored.logits(IMAGE)).all() and again.logits(IMAGE).shape == (5, 3)
  assert [file.name for file in tmp_path.iterdir()] == ['autoencoder.npz']


def test_what_cannot_be_is_refused(stored, tmp_path):
  with pytest.raises(InputError, match='sides 6 x 8 must be divisible by 4'):
    Autoencoder((6, 8, 1)).init(jax.random.key(0), np.zeros((1, 6, 8, 1), np.float32))
  with pytest.raises(InputError, match=r'made for images of \(8, 12, 3\), these are \(8, 8, 3\)'):
    stored.encode(IMAGE[:, :, :8])
  with pytest.raises(InputError, match='missing.npz: is no file'):
    load_autoencoder(tmp_path / 'missing.npz')
  np.savez(tmp_path / 'other.npz', a=1)
  (tmp_path / 'cut.npz').write_bytes(b'PK\x03\x04 cut off')
  for name in ('other.npz', 'cut.npz'):
    with pytest.raises(InputError, match=f'{name}: is no file'):
      load_autoencoder(tmp_path / name)
