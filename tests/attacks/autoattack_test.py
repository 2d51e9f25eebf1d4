"""AutoAttack: the same verdicts in any split, after a kill, and clear words for bad input."""

import os
import signal
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxaug.attacks import autoattack, threat_model
from jaxaug.types import InputError

RNG = np.random.default_rng(0)
FIRST, SECOND = (np.float32(RNG.normal(size=shape)) for shape in ((100, 12), (12, 4)))
IMAGE = RNG.random((12, 10, 10, 1), np.float32)
MODULE = sys.modules[autoattack.__module__]  # the package's name for it is the function
EPSILON = {'linf': 0.03, 'l2': 0.15, 'l1': 0.8}


def times(rows, matrix):
  return (rows[:, :, None] * matrix[None]).sum(1)  # sums in one order whatever the batch


def logits_fn(image):
  return times(jnp.tanh(times(image.reshape(len(image), -1) - 0.5, FIRST)), SECOND)


LABEL = np.asarray(logits_fn(IMAGE)).argmax(-1)
LABEL[3] = (LABEL[3] + 1) % 4  # one is wrong from the start


def run(norm='linf', image=IMAGE, label=LABEL, **keywords):
  keywords = {'norm': norm, 'epsilon': EPSILON[norm], 'key': jax.random.key(0), 'batch_size': 8, **keywords}
  return autoattack(logits_fn, image, label, **keywords)


@pytest.fixture
def first_two(monkeypatch):
  """AutoAttack with its first two attacks only, where the others add nothing but time."""
  stages = MODULE._stages
  monkeypatch.setattr(MODULE, '_stages', lambda *a: (lambda all_of_them, notes: (all_of_them[:2], notes))(*stages(*a)))


@pytest.fixture(scope='module')
def linf():
  return run()


def distance(norm, image, origin):
  change = (np.float64(image) - np.float64(origin)).reshape(len(image), -1)
  return {'linf': np.abs(change).max(-1), 'l2': np.sqrt((change**2).sum(-1)), 'l1': np.abs(change).sum(-1)}[norm]


def sound(norm, result, image=IMAGE, label=LABEL):
  """What any result must hold."""
  assert (distance(norm, result.adversarial, image) <= EPSILON[norm]).all()
  assert result.adversarial.min() >= 0 and result.adversarial.max() <= 1
  right = np.asarray(logits_fn(result.adversarial)).argmax(-1) == label
  assert (right == result.robust).all()
  assert not (result.adversarial != image)[result.robust].any()
  history = list(result.by_attack.values())
  assert all((after <= before).all() for before, after in zip(history, history[1:])) and (history[-1] == result.robust).all()
  assert (history[0] == (np.asarray(logits_fn(image)).argmax(-1) == label)).all()
  assert (
    result.accuracy.value == result.robust.mean() and result.accuracy.low <= result.accuracy.value <= result.accuracy.high
  )


def test_what_is_fooled_is_in_the_ball_and_misclassified(linf):
  sound('linf', linf)
  assert tuple(linf.by_attack) == ('clean', 'apgd-ce', 'apgd-t', 'fab-t', 'square') and not linf.notes
  assert 1 <= linf.robust.sum() <= 10  # both kinds are there


def test_neither_order_nor_split_nor_batch_size_matters(linf):
  order = np.array([7, 2, 11, 0, 9, 4, 1, 3, 10, 5, 8, 6])
  moved = run(image=IMAGE[order], label=np.eye(4)[LABEL][order], batch_size=64)
  assert (moved.robust == linf.robust[order]).all()
  np.testing.assert_allclose(moved.adversarial, linf.adversarial[order], atol=1e-5)


def test_another_norm(first_two):
  result = run('l1')
  sound('l1', result)
  assert 1 <= result.robust.sum() <= 10


def test_epsilon_0_is_clean_accuracy_and_random_labels_leave_nothing(first_two):
  still = run(epsilon=0.0, image=IMAGE[:4], label=LABEL[:4])
  assert (still.robust == still.by_attack['clean']).all() and (still.adversarial == IMAGE[:4]).all()
  shifted = run(label=(np.asarray(logits_fn(IMAGE)).argmax(-1) + 1) % 4)
  assert not shifted.robust.any() and shifted.accuracy.value == 0


def test_few_classes_fall_back_by_name(first_two):
  two = lambda image: logits_fn(image)[:, :2]
  label = np.asarray(two(IMAGE)).argmax(-1)
  result = autoattack(two, IMAGE, label, norm='linf', epsilon=0.02, key=jax.random.key(0))
  assert '2 classes' in result.notes[0] and 'margin is taken in place of targeted DLR' in result.notes[0]
  ball = threat_model('linf', 0.1)
  notes = lambda version, classes: MODULE._stages(version, ball, (10, 10, 1), classes)[1]
  assert notes('rand', 3) == notes('standard', 4) == [] and 'in place of DLR' in notes('rand', 2)[0]
  assert 'in place of DLR and targeted DLR' in notes('plus', 2)[0] and 'in place of targeted DLR' in notes('plus', 3)[0]


def test_logits_may_be_of_half_precision(first_two):
  half = lambda image: logits_fn(image).astype(jnp.bfloat16)
  label = np.asarray(half(IMAGE)).argmax(-1)
  result = autoattack(half, IMAGE, label, norm='linf', epsilon=0.03, key=jax.random.key(0))
  assert result.by_attack['clean'].all() and result.robust.mean() < 1


def test_a_random_model_is_asked_many_times(linf):
  def noisy(image, keys):
    noise = jax.vmap(lambda key: jax.random.normal(key, (4,)))(keys)
    return logits_fn(image) + 0.01 * noise

  result = autoattack(noisy, IMAGE, LABEL, norm='linf', epsilon=0.03, version='rand', key=jax.random.key(0))
  assert tuple(result.by_attack) == ('clean', 'apgd-ce', 'apgd-dlr')
  assert (distance('linf', result.adversarial, IMAGE) <= 0.03).all()
  assert abs(int(result.robust.sum()) - int(linf.by_attack['apgd-ce'].sum())) <= 2


def lucky(image, keys):
  """Right or wrong by chance near the boundary."""
  return logits_fn(image) + 0.3 * jax.vmap(lambda key: jax.random.normal(key, (4,)))(keys)


def at_random(rows=slice(None), **keywords):
  keywords = {'norm': 'linf', 'epsilon': 0.06, 'version': 'rand', 'key': jax.random.key(0), 'batch_size': 8, **keywords}
  return autoattack(lucky, IMAGE[rows], LABEL[rows], **keywords)


def test_one_lucky_answer_ends_no_attack_on_a_random_model(tmp_path, monkeypatch):
  whole = at_random()
  fell = whole.by_attack['clean'] & ~whole.robust
  deep = np.asarray(logits_fn(whole.adversarial)).argmax(-1) != LABEL  # without chance, too
  assert fell.sum() >= 5 and deep[fell].mean() > 0.8
  assert (whole.adversarial[whole.robust] == IMAGE[whole.robust]).all()
  order = np.arange(len(IMAGE))[::-1]
  turned = at_random(order)
  for name, robust in whole.by_attack.items():
    assert (turned.by_attack[name] == robust[order]).all(), name
  run_lanes = MODULE.run_lanes

  def killed(*args):
    run_lanes(*args)
    raise KeyboardInterrupt

  monkeypatch.setattr(MODULE, 'SAVE_EVERY', 0)
  with monkeypatch.context() as patch:
    patch.setattr(MODULE, 'run_lanes', killed)
    with pytest.raises(KeyboardInterrupt):  # before any fresh draw has decided
      at_random(state=tmp_path / 'state.npz')
  again = at_random(state=tmp_path / 'state.npz')
  assert all((again.by_attack[name] == robust).all() for name, robust in whole.by_attack.items())


def test_a_model_in_half_precision_goes_on_from_its_state_and_numbers_may_be_numpys(first_two, tmp_path):
  again = lambda: autoattack(
    lambda image: logits_fn(image).astype(jnp.bfloat16), IMAGE, LABEL, norm='linf', epsilon=0.03, key=jax.random.key(0),
    batch_size=8, bounds=(np.float32(0), np.float32(1)), state=tmp_path / 'state.npz',
  )  # fmt: skip
  assert (again().robust == again().robust).all()
  np.save(tmp_path / 'state.npy', IMAGE)
  with pytest.raises(InputError, match='state.npy: is no file of this attack'):
    run(state=tmp_path / 'state.npy')


def test_after_a_kill_the_same_verdicts(linf, tmp_path, environment):
  script = f"""
import sys, jax
jax.config.update('jax_num_cpu_devices', 2)
sys.path.insert(0, {str(os.getcwd())!r})
from jaxaug.attacks import autoattack as _
whole = sys.modules['jaxaug.attacks.autoattack']
whole.SAVE_EVERY = 0
from tests.attacks import autoattack_test as test
print('started', flush=True)
test.run(state={str(tmp_path / 'state.npz')!r})
"""
  process = subprocess.Popen([sys.executable, '-c', script], stdout=subprocess.PIPE, env=environment)
  process.stdout.readline()
  while not (tmp_path / 'state.npz').exists() and process.poll() is None:
    time.sleep(0.02)
  time.sleep(0.3)
  process.send_signal(signal.SIGKILL)
  process.wait()
  assert (tmp_path / 'state.npz').exists()
  again = run(state=tmp_path / 'state.npz')
  assert (again.robust == linf.robust).all()
  np.testing.assert_allclose(again.adversarial, linf.adversarial, atol=1e-5)
  for name in linf.by_attack:
    assert (again.by_attack[name] == linf.by_attack[name]).all(), name
  with pytest.raises(InputError, match='was written for epsilon'):
    run(state=tmp_path / 'state.npz', epsilon=0.01)
  for other in (lambda x: 2 * logits_fn(x), lambda x: jnp.pad(logits_fn(x), ((0, 0), (0, 1)))):
    with pytest.raises(InputError, match='another model'):
      autoattack(other, IMAGE, LABEL, norm='linf', epsilon=0.03, key=jax.random.key(0), state=tmp_path / 'state.npz')
  (tmp_path / 'cut.npz').write_bytes((tmp_path / 'state.npz').read_bytes()[:200])
  with pytest.raises(InputError, match='is no file of this attack'):
    run(state=tmp_path / 'cut.npz')


BAD = (
  ({'image': IMAGE + 0.5}, 'leave the bounds'),
  ({'image': (255 * IMAGE).astype(np.uint8)}, 'uint8'),
  ({'image': IMAGE[0]}, r'must be float \[N, H, W, C\]'),
  ({'image': IMAGE[:0], 'label': LABEL[:0]}, 'there are none'),
  ({'label': LABEL + 2}, 'but the model has 4 classes'),
  ({'label': LABEL[:3]}, 'autoattack.label'),
  ({'label': LABEL.astype(float)}, 'autoattack.label'),
  ({'label': LABEL[:, None]}, r'autoattack.label: int64 \[12, 1\]'),
  ({'label': np.full((12, 4), np.nan)}, 'all finite'),
  ({'label': np.eye(5)[LABEL]}, 'autoattack.label: 5 classes, but the model has 4'),
  ({'state': 'no/such/folder/aa.npz'}, 'no/such/folder is no folder'),
  ({'epsilon': -0.1}, 'epsilon: -0.1'),
  ({'norm': 'l0'}, "'l0' is unknown"),
  ({'version': 'fast'}, "autoattack.version: 'fast'"),
  ({'version': 'rand'}, r'logits_fn\(image, keys'),
  ({'batch_size': 0}, 'batch_size: 0'),
)


@pytest.mark.parametrize('keywords, words', BAD)
def test_bad_input_is_one_clear_line(keywords, words):
  with pytest.raises(InputError, match=words) as error:
    run(**{'norm': 'linf', 'epsilon': 0.03, **keywords}) if 'norm' not in keywords else autoattack(
      logits_fn, IMAGE, LABEL, epsilon=0.1, key=jax.random.key(0), **keywords
    )
  assert '\n' not in str(error.value)


def test_what_the_model_answers_is_looked_at(tmp_path, monkeypatch):
  monkeypatch.setattr(MODULE, '_stages', lambda *a: ([], []))
  ask = lambda fn, **k: autoattack(fn, IMAGE[:2], LABEL[:2], norm='linf', epsilon=0.0, key=jax.random.key(0), **k)
  with pytest.raises(InputError, match='NaN'):
    ask(lambda x: logits_fn(x) / 0)
  with pytest.warns(UserWarning, match='probabilities'):
    ask(lambda x: jax.nn.softmax(logits_fn(x)))
  (tmp_path / 'state').write_text('nothing')
  with pytest.raises(InputError, match='is no file of this attack'):
    ask(logits_fn, state=tmp_path / 'state')
