"""AutoAttack as numbers of a report, and the faults that an evaluation can show."""

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug import evaluate
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
EXAMPLES = {'image': RNG.integers(0, 256, (9, 10, 10, 1), np.uint8), 'label': np.eye(3, dtype=np.float32)[np.arange(9) % 3]}


def test_scores_name_the_worst_class(monkeypatch):
  module = sys.modules['jaxaug.attacks.autoattack']
  stages = module._stages
  monkeypatch.setattr(module, '_stages', lambda *a: (stages(*a)[0][:1], stages(*a)[1]))  # the others only add time
  always_first = lambda image: jnp.stack([100 + 0 * image[:, 0, 0, 0], image.mean((1, 2, 3)), image.mean((1, 2, 3))], -1)
  settings = evaluate.autoattack_settings({'epsilon': 0.01, 'examples': 6, 'norm': 'l2'})
  scores, result = evaluate.autoattack_scores(always_first, EXAMPLES, settings, jax.random.key(0), ('a', 'b', 'c'))
  assert scores['attack'] == 'AutoAttack standard, L2 0.01' and scores['examples'] == 6 == len(result.robust)
  assert scores['accuracy']['value'] == 1 / 3 and scores['after']['apgd-ce'] == 1 / 3
  assert scores['classes']['a']['value'] == 1 and scores['classes']['b']['value'] == 0 and scores['worst_class'] == 'b'
  assert '3 classes' in scores['notes'][0]


def flags(text):
  return np.array([c == '1' for c in text])


def test_what_cannot_be_is_named():
  clean = flags('111110')
  sound = {'clean': clean, 'apgd-ce': flags('110000'), 'square': flags('110000')}
  assert evaluate.faults(sound, clean) == [] == evaluate.faults(sound, clean, flags('111000'))
  assert 'depends on the batch' in evaluate.faults(sound, flags('111111'))[0]
  assert 'wrong as they are' in evaluate.faults(sound, clean, flags('110001'))[0]
  assert 'AutoAttack leaves 33.3%, PGD only 16.7%' in evaluate.faults(sound, clean, flags('100000'))[0]
  assert 'PGD fools 1 of 6 images that AutoAttack does not' in evaluate.faults(sound, clean, flags('101000'))[0]
  assert evaluate.faults({**sound, 'square': flags('100000')}, clean) == []  # a single image
  masked = {**sound, 'square': flags('000000')}
  assert 'gradients may be masked' in evaluate.faults(masked, clean)[0]
  assert evaluate.faults(sound, clean, certified=flags('110000')) == []
  assert 'AutoAttack fools 1 of 6 images that are certified' in evaluate.faults(sound, clean, certified=flags('011000'))[0]


@pytest.mark.parametrize(
  'section, words',
  (
    ({'norm': 'l3'}, "'l3' is unknown"),
    ({'version': 'rand'}, "version: 'rand' is unknown"),
    ({'epsilon': -1.0}, 'epsilon: -1'),
    ({'examples': -1}, 'examples -1'),
    ({'batchsize': 3}, 'batchsize'),
  ),
)
def test_bad_settings_are_named(section, words):
  with pytest.raises(InputError, match=words):
    evaluate.evaluation_settings({'autoattack': section})
