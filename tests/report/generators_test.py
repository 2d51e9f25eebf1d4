"""The page of generators shows every kind of draws beside real rows."""

import base64
import io
import json
import re
import wave

import numpy as np
import pytest

from jaxaug import report
from jaxaug.types import InputError

RANDOM = np.random.default_rng(0)


def draws(kind, **fields):
  about = {'kind': kind, 'data': '<set>', 'steps': 1200, 'seconds': 3.4, 'agreement': 0.5, 'real_agreement': 0.96}
  return {'names': np.array(['a', '<b>']), 'about': json.dumps(about), **fields}


def test_images_series_sounds_and_tables_are_drawn(tmp_path):
  with pytest.raises(InputError, match='holds no draws'):
    report.write_generators(tmp_path)
  (tmp_path / 'draws').mkdir()
  images = RANDOM.random((2, 4, 8, 8, 1))
  grown = dict(steps=np.array([1000, 2000]), growth=np.stack([images, images]))
  series = RANDOM.normal(size=(2, 4, 10, 3))
  sounds, spectra = RANDOM.normal(size=(2, 4, 64, 1)), RANDOM.uniform(-1, 1, (2, 4, 9, 5, 1))
  table = dict(real=RANDOM.normal(size=(9, 2)), made=RANDOM.normal(size=(7, 2)), columns=np.array(['x', 'y']))
  of = {
    'images': draws('image', real=images, made=images, between=images, styles=images, **grown),
    'series': draws('series', real=series, made=series),
    'sounds': draws('sound', real=sounds, made=sounds, real_spectra=spectra, made_spectra=spectra),
    'table': draws('table', **table, real_label=np.arange(9) % 2, made_label=np.arange(7) % 2),
  }
  for name, shown in of.items():
    np.savez(tmp_path / 'draws' / f'{name}.npz', **shown)
  text = report.write_generators(tmp_path, ('table', 'of no file', 'images')).read_text()
  assert re.findall('<h2[^>]*>([^<]+)', text) == ['table', 'images', 'series', 'sounds']
  assert text.count('<img') == 4 + 2 and text.count('<svg') == 3 and text.count('<audio') == 4
  assert 'takes 50% of the draws' in text and '96% of real rows' in text and '1,200 updates, 3 s' in text
  assert '&lt;set&gt;' in text and '<b>' not in text and 'src="http' not in text
  with wave.open(io.BytesIO(base64.b64decode(re.search('data:audio/wav;base64,([^"]+)', text).group(1)))) as heard:
    found = np.frombuffer(heard.readframes(64), '<i2')
  np.testing.assert_allclose(found / 32767, sounds[0, 0, :, 0] / np.abs(sounds[0, 0]).max(), atol=1e-4)
