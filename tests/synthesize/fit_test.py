"""One loop for all generators: resumed is uninterrupted, seeds side by side are seeds alone, divergence goes back."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxaug import synthesize
from jaxaug.synthesize.generator import Generator, first_state, over_devices, step_key
from jaxaug.train.step import average
from jaxaug.types import InputError


def mean_seeker(breaks_at=-1):
  """The smallest generator: learns the mean of its rows; at one step of one stream of draws it breaks."""
  optimizer = optax.sgd(0.1)

  def update(state, batch, axis=None):
    noise = jax.random.normal(step_key(state, axis), ())
    loss = lambda params: jnp.square(batch['encoded'] - params['mean'][None]).mean() + 0 * noise
    value, gradient = over_devices(jax.value_and_grad(loss)(state.params), axis)
    updates, opt_state = optimizer.update(gradient, state.opt_state)
    params = optax.apply_updates(state.params, updates)
    value = jnp.where((state.step == breaks_at) & (over_devices(noise, axis) > 0), jnp.nan, value)
    kept = average(state.ema, {'params': params, 'batch_stats': {}}, state.step, 0.9)
    return state._replace(step=state.step + 1, params=params, opt_state=opt_state, ema=kept), {'loss': value, 'noise': noise}

  init = lambda key: first_state(key, {'mean': jnp.zeros(2)}, optimizer)
  return Generator(init, update, lambda variables, key, condition: variables['params']['mean'][None])


def examples(seed=0, size=64):
  encoded = np.random.default_rng(seed).normal(size=(size, 2)).astype(np.float32) + np.float32(seed + 1)
  return {'encoded': encoded, 'condition': np.zeros((size, 0), np.float32)}


def same(a, b):
  assert jax.tree.structure(a) == jax.tree.structure(b)
  for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b)):
    np.testing.assert_array_equal(x, y)


def test_it_learns_and_tells():
  found = synthesize.fit(
    mean_seeker(), examples(), jax.random.key(0), steps=40, batch_size=32, check_every=20, steps_per_call=10
  )
  np.testing.assert_allclose(found.variables['params']['mean'], examples()['encoded'].mean(0), atol=0.3)
  assert [row['step'] for row in found.history] == [20, 40] and found.step == 40 and not found.rollbacks
  assert found.history[1]['loss'] < found.history[0]['loss']


def test_a_run_that_was_stopped_goes_on_to_the_same_weights(tmp_path):
  run = lambda steps, folder: synthesize.fit(
    mean_seeker(), examples(), jax.random.key(0), steps=steps, batch_size=32, check_every=10, steps_per_call=5, folder=folder
  )
  whole = run(30, '')
  run(20, tmp_path)
  resumed = run(30, tmp_path)
  same(whole.variables, resumed.variables)
  assert whole.history == resumed.history and resumed.step == 30


def test_seeds_side_by_side_are_seeds_alone_and_resume(tmp_path):
  keys = jax.random.split(jax.random.key(0), 3)
  many = jax.tree.map(lambda *a: np.stack(a), *(examples(seed) for seed in range(3)))
  run = lambda steps, keys, many, folder='': synthesize.fit(
    mean_seeker(), many, jax.random.clone(keys), steps=steps, batch_size=16, check_every=10, steps_per_call=5, folder=folder
  )
  whole = run(20, keys, many)
  assert whole.step.tolist() == [20] * 3
  alone = run(20, jax.random.clone(keys)[1:2], jax.tree.map(lambda a: a[1:2], many))
  np.testing.assert_allclose(whole.variables['params']['mean'][1], alone.variables['params']['mean'][0], rtol=1e-6)
  run(10, keys, many, tmp_path)
  same(whole.variables, run(20, keys, many, tmp_path).variables)


def test_the_best_weights_are_kept_a_seed():
  keys = jax.random.split(jax.random.key(0), 2)
  many = jax.tree.map(lambda *a: np.stack(a), *(examples(seed) for seed in range(2)))
  check = lambda variables, step: {'score': np.array([-step, step]), 'mean': np.zeros(2)}
  found = synthesize.fit(mean_seeker(), many, keys, steps=20, batch_size=16, check_every=10, steps_per_call=5, check=check)
  assert found.step.tolist() == [10, 20] and found.history[0]['score'] == [-10, 10]


def test_divergence_goes_back_and_says_so():
  keys = jax.random.split(jax.random.key(3), 4)
  many = jax.tree.map(lambda *a: np.stack(a), *(examples(seed) for seed in range(4)))
  run = lambda breaks_at: synthesize.fit(
    mean_seeker(breaks_at), many, jax.random.clone(keys), steps=20, batch_size=16, check_every=10, steps_per_call=5
  )
  broken, whole = run(13), run(-1)
  assert broken.rollbacks and 'back to step 10' in broken.rollbacks[0]
  assert np.isfinite(broken.history[-1]['loss']).all() and broken.step.tolist() == [20] * 4
  told = broken.rollbacks[0]
  kept = [s for s in range(4) if str(s) not in told[told.index('[') : told.index(']')]]
  assert kept  # those that did not break end as if nothing had been
  for s in kept:
    np.testing.assert_array_equal(whole.variables['params']['mean'][s], broken.variables['params']['mean'][s])


def test_what_always_diverges_is_an_error():
  generator = mean_seeker()
  broken = generator._replace(update=lambda state, batch, axis: (state, {'loss': jnp.float32(jnp.nan)}))
  with pytest.raises(FloatingPointError, match='diverged before step 1, 3 ways back from step 0'):
    synthesize.fit(broken, examples(), jax.random.key(0), steps=5, batch_size=8)


@pytest.mark.parametrize(
  ('given', 'told'),
  (
    (dict(steps=0), 'steps 0'),
    (dict(steps=1, batch_size=0), 'batch_size 0'),
    (dict(steps=1, batch_size=3), 'fit.batch_size: 3 does not divide among 2 devices'),
  ),
)
def test_bad_input_is_told(given, told):
  with pytest.raises(InputError, match=told):
    synthesize.fit(mean_seeker(), examples(), jax.random.key(0), **given)


def falls(*, seeds=3, at=(30, 60), of=1, tries=99):
  """A check that finds one seed collapsed at some steps, `tries` times in all, and what `fit` makes of it."""
  left = [tries]

  def check(state, step):
    bad = np.zeros(seeds, bool)
    if step in at and left[0]:
      left[0] -= 1
      bad[of] = True
    return {'collapsed': bad, 'warnings': {f'mode collapse, seed {of}': f'all alike at {step}'} if bad.any() else {}}

  keys = jax.random.split(jax.random.key(0), seeds)
  many = jax.tree.map(lambda *a: np.stack(a), *(examples(seed) for seed in range(seeds)))
  return lambda check=check, **given: synthesize.fit(
    mean_seeker(),
    many,
    jax.random.clone(keys),
    **{**dict(steps=40, batch_size=16, check_every=10, steps_per_call=5, check=check), **given},
  )


def test_a_collapse_goes_back_to_the_last_good_state_with_other_draws():
  run = falls(tries=1)
  found, whole = run(), run(check=None)
  assert found.rollbacks == ['the generator of seeds [1] collapsed before step 30; back to step 20 and on with other draws']
  assert found.step.tolist() == [40] * 3 and not found.collapsed.any() and [row['step'] for row in found.history][-1] == 40
  same(whole.variables['params']['mean'][::2], found.variables['params']['mean'][::2])
  assert (whole.variables['params']['mean'][1] != found.variables['params']['mean'][1]).all()


def test_what_collapses_again_and_again_keeps_its_last_good_weights():
  run = falls(at=(30, 40))
  found, whole = run(), run(check=None, steps=20)
  assert len(found.rollbacks) == 4 and found.rollbacks[-1].endswith(
    '3 ways back were no help, so its last good weights stay'
  )
  assert found.step.tolist() == [40, 20, 40] and not found.collapsed.any()
  same(whole.variables['params']['mean'][1], found.variables['params']['mean'][1])
  alone = falls(seeds=1, of=0, at=(30, 40))()
  assert alone.step.tolist() == [20] and alone.history[-1]['step'] == 30  # nothing is left to train


def test_a_generator_that_never_got_going_is_told_and_its_early_checks_are_not_a_fall(tmp_path):
  found = falls(at=(10, 20, 30, 40))(folder=tmp_path)
  assert not found.rollbacks and found.collapsed.tolist() == [False, True, False]
  assert found.warnings == [
    'step 40, mode collapse, seed 1: all alike at 40',
    'the generator of seeds [1] never got going: its draws are all alike, or of few classes, at every check',
  ]
  late = falls(at=(10,))()
  assert not late.warnings and not late.rollbacks and not late.collapsed.any()


def test_a_collapsed_state_of_a_better_score_is_not_chosen():
  check = lambda state, step: {'score': np.array([step, -step]), 'collapsed': np.array([False, step == 10])}
  keys = jax.random.split(jax.random.key(0), 2)
  many = jax.tree.map(lambda *a: np.stack(a), *(examples(seed) for seed in range(2)))
  found = synthesize.fit(mean_seeker(), many, keys, steps=30, batch_size=16, check_every=10, steps_per_call=5, check=check)
  assert found.step.tolist() == [30, 20]


def test_a_run_stopped_after_a_fall_remembers_it(tmp_path):
  run = falls(at=(20, 30))
  whole = run()
  run(steps=20, folder=tmp_path)
  resumed = run(folder=tmp_path)
  same(whole.variables, resumed.variables)
  assert whole.rollbacks == resumed.rollbacks and whole.history == resumed.history


def test_a_score_that_is_no_number_wins_over_none_and_loses_to_any():
  check = lambda state, step: {'score': {10: np.nan, 20: -1.0, 30: np.nan}[step]}
  found = synthesize.fit(
    mean_seeker(), examples(), jax.random.key(0), steps=30, batch_size=16, check_every=10, steps_per_call=5, check=check
  )
  assert found.step == 20


def test_weights_that_are_not_finite_behind_a_finite_metric_are_no_good_state():
  generator = mean_seeker()

  def update(state, batch, axis):
    state, metrics = generator.update(state, batch, axis)
    bad = jax.tree.map(lambda a: jnp.where(state.step >= 10, jnp.nan, a), state.ema)
    return state._replace(ema=bad), metrics

  with pytest.raises(FloatingPointError, match='diverged before step 10'):
    synthesize.fit(generator._replace(update=update), examples(), jax.random.key(0), steps=20, batch_size=16, check_every=10)
