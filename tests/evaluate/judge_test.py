"""Any function of images judged in one call."""

import sys

import jax
import numpy as np
import pytest

from jaxaug import evaluate
from jaxaug.types import InputError

WEIGHT = np.random.default_rng(1).normal(size=(64, 3)).astype(np.float32)
IMAGE = np.random.default_rng(0).uniform(0.3, 0.7, (30, 8, 8, 1)).astype(np.float32)
LOGITS = IMAGE.reshape(30, -1) @ WEIGHT
linear = lambda image: image.reshape(len(image), -1) @ WEIGHT


@pytest.fixture(autouse=True)
def in_short(monkeypatch):
  module = sys.modules['jaxaug.attacks.autoattack']
  stages = module._stages
  monkeypatch.setattr(module, '_stages', lambda *a: (stages(*a)[0][:1], stages(*a)[1]))


def test_on_a_linear_network_all_agree_and_nothing_is_at_fault():
  label = LOGITS.argmax(-1)
  found = evaluate.judge(
    linear,
    IMAGE,
    label,
    epsilon=0.02,
    key=jax.random.key(0),
    certificate='ibp',
    batch_size=20,
    group=label % 2,
    stability=dict(draws=3, noise=0.0),
  )
  reach = lambda k, own: 0.02 * np.abs(WEIGHT[:, k] - WEIGHT[:, own]).sum()
  exact = np.array([all(LOGITS[i, y] - LOGITS[i, k] > reach(k, y) for k in range(3) if k != y) for i, y in enumerate(label)])
  assert 0 < exact.mean() < 1 and found['clean']['accuracy']['value'] == 1.0
  for measure in ('robust', 'autoattack', 'certified'):
    assert found[measure]['accuracy']['value'] == pytest.approx(exact.mean(), abs=0.04), measure
  assert found['faults'] == []
  assert set(found['groups']) == {'class', 'group'} and set(found['groups']['group']['robust']['groups']) == {'0', '1'}
  for kind, own in (('class', label), ('group', label % 2)):
    told = found['groups'][kind]['certified']
    shares = {name: exact[own == int(name)].mean() for name in told['groups']}
    assert {name: told['groups'][name]['value'] for name in shares} == pytest.approx(shares, abs=0.15)
  assert found['stability']['kinds']['noise']['always']['value'] == 1.0  # of no size
  assert 'fewer' in str(found['autoattack']['notes']) or '3 classes' in str(found['autoattack']['notes'])


def test_random_labels_are_as_good_as_chance_and_no_attack_helps_them():
  label = np.random.default_rng(3).integers(0, 3, 30)
  found = evaluate.judge(linear, (IMAGE * 255).astype(np.uint8), label, epsilon=0.02, key=jax.random.key(0), batch_size=30)
  assert (
    found['autoattack']['accuracy']['value']
    <= found['robust']['accuracy']['value']
    <= found['clean']['accuracy']['value']
    < 0.7
  )


def test_what_cannot_be_judged_is_named():
  ask = lambda label=0, **more: evaluate.judge(linear, IMAGE, np.full(30, label), epsilon=0.1, key=jax.random.key(0), **more)
  with pytest.raises(InputError, match='classes 3 to 3, logits have classes 0 to 2'):
    ask(3)
  for image, label, words in (
    (IMAGE, np.zeros(29, int), 'judge: images'),
    (IMAGE[:0], np.zeros(0, int), 'N at least 1'),
    (IMAGE + 1, np.zeros(30, int), 'leave the bounds'),
  ):
    with pytest.raises(InputError, match=words):
      evaluate.judge(linear, image, label, epsilon=0.1, key=jax.random.key(0))
  with pytest.raises(InputError, match='NaN or infinity for 30 images'):
    evaluate.judge(lambda x: linear(x) * np.nan, IMAGE, np.zeros(30, int), epsilon=0.1, key=jax.random.key(0))
  with pytest.raises(InputError, match='judge.group'):
    ask(group=np.zeros(3))
  with pytest.raises(InputError, match="is about 'linf', not 'l2'"):
    ask(norm='l2', certificate='crown')
  with pytest.raises(InputError, match="'smoothing' is unknown"):
    ask(certificate='smoothing')
