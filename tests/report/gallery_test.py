"""The gallery shows what there is."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import augment, ops
from jaxaug.report import gallery
from jaxaug.report.gallery import SIDE, _by_hand, _model, photographs, policies


def test_every_op_of_an_image_is_on_the_page():
  shown = {'affine', 'bilinear', 'nearest', 'blend', 'histogram', 'rgb_to_hsv', 'hsv_to_rgb'}  # parts of the others
  shown |= {
    'affine_matrix',
    'clip_boxes',
    'compose_matrices',
    'elastic_boxes',
    'elastic_points',
    'flip_matrix',
    'grid_shuffle_boxes',
    'grid_shuffle_points',
    'inside',
    'move_boxes',
    'move_points',
    'perspective_matrix',
    'rotation_matrix',
    'shear_matrix',
    'translation_matrix',
    'window_matrix',
  }  # of what lies on an image
  shown |= {'is_float', 'on_floats', 'to_uint8', 'truncated'}
  shown |= {'in_hsv', 'bilinear_mirrored', 'gaussian_filter', 'mud', 'plasma', 'water', 'zoom_in'}  # parts of corruptions
  shown |= {'defocus_blur', 'fog', 'frost', 'glass_blur', 'motion_blur', 'snow', 'zoom_blur'}  # corruptions
  shown |= set(_by_hand()) | {
    'rotate',
    'shear_x',
    'shear_y',
    'translate_x',
    'translate_y',
    'autocontrast',
    'invert',
    'equalize',
  }
  shown |= {
    'solarize',
    'solarize_add',
    'posterize',
    'contrast',
    'color',
    'brightness',
    'sharpness',
    'cutout',
    'sample_pairing',
  }
  assert shown == set(ops.__all__)


def test_photographs_are_colourful_and_the_page_holds_its_rows(tmp_path, monkeypatch):
  pixels = photographs()
  assert (
    pixels.shape == (8, 64, 64, 3) and pixels.std((1, 2, 3)).min() > 3 and np.ptp(pixels.mean((1, 2)), axis=0).max() > 50
  )
  few = {'cutmix': augment.cutmix, 'standard': augment.standard}
  monkeypatch.setattr(augment, 'AUGMENTS', few)
  monkeypatch.setattr(sys.modules['jaxaug.report.gallery'], 'policies', dict)
  monkeypatch.setattr(augment, 'CORRUPTIONS', ('contrast',))
  monkeypatch.setattr(augment, 'EXTRA_CORRUPTIONS', ())
  monkeypatch.setattr(augment, 'space', lambda source: {'Invert': augment.SPACES[source]['Invert']})
  monkeypatch.setattr(
    sys.modules['jaxaug.report.gallery'], '_by_hand', lambda: {'grayscale': (lambda i, v: ops.grayscale(i), (0, 1))}
  )
  text = gallery(tmp_path / 'g.html').read_text()
  assert text.count('<img') == 5 + 2 + 8 + 8 + 5 and all(
    f'<h3>{n}</h3>' in text for n in ('Invert', 'grayscale', 'cutmix', 'standard', 'contrast')
  )
  assert 'src="http' not in text


@pytest.mark.parametrize('name', augment.AUGMENTS)
def test_every_augmentation_runs_there_with_its_defaults(name):
  batch = {'image': jnp.zeros((8, SIDE, SIDE, 3)), 'label': jnp.eye(8), 'id': jnp.arange(8)}
  jax.eval_shape(lambda batch: augment.AUGMENTS[name]()(jax.random.key(0), batch, _model()), batch)


def test_every_published_policy_is_a_row():
  assert set(policies()) >= {f'autoaugment, {name}' for name in ('svhn', 'imagenet')}
