"""Children side by side: one program, paired seeds, remembered scores, and the true price."""

import jax
import numpy as np
import pytest

from jaxaug import augment, search
from jaxaug.augment import Policy, Step
from jaxaug.search import children
from jaxaug.search.objective import each_example, make_objective, train_children
from jaxaug.types import InputError

CONFIG = dict(
  data=dict(source='digits', seed=0, validation=0.3, test=0.2),
  model=dict(name='mlp', hidden=(32,)),
  train=dict(steps=60, batch_size=64),
  search=dict(children=4),
)
SPACE = search.Space(('Rotate', 'Invert', 'Solarize'), 2, 1)
NOTHING = Policy(((Step(('Rotate',), 0.0),),))
INVERT = Policy(((Step(('Invert',)),),))
BLACK = Policy(((Step(('Solarize',), 1.0, 1.0, 1.0),),))


@pytest.fixture(scope='module')
def objective():
  return make_objective(CONFIG, SPACE)


def test_scores_tell_a_good_policy_from_a_bad_one_in_one_program(objective):
  before = objective.cost()
  found = objective.evaluate([NOTHING, INVERT, NOTHING], jax.random.key(0))
  assert found.value[0] == found.value[2] > found.value[1] + 0.2 and not found.failed.any()
  share = found.value[0]
  np.testing.assert_allclose(found.error[0], (share * (1 - share) / 539) ** 0.5, rtol=1e-3)
  assert objective.cost().child_steps - before.child_steps == 2 * 60  # one of them twice, and trained once
  again = objective.evaluate([INVERT, NOTHING], jax.random.key(0))
  assert (again.value == found.value[1::-1]).all() and objective.cost().child_steps == before.child_steps + 2 * 60
  other = objective.evaluate([NOTHING] + search.random_policies(jax.random.key(3), 5, SPACE), jax.random.key(1))
  assert other.value[0] != found.value[0] and len(other.value) == 6  # two calls of four
  assert objective.cost().child_steps == before.child_steps + 8 * 60 and objective.cost().programs == 1
  assert objective.cost().device_seconds > before.device_seconds and objective.trial == 60 and objective.children == 4


def test_a_policy_has_the_same_score_in_any_company(objective):
  policies = search.random_policies(jax.random.key(7), 3, SPACE)
  together = objective.evaluate(policies, jax.random.key(8)).value
  alone = make_objective(CONFIG, SPACE).evaluate(policies[1:2], jax.random.key(8)).value
  assert alone[0] == together[1]


def test_a_child_is_what_the_house_trains():
  """The same weights as a plain loop over `make_step`."""
  made = children.make_children(CONFIG, SPACE)
  rows = children.rows_of(len(made.splits.train['id']), 60, 64, 5)
  assert rows.shape == (60, 64) and len(np.unique(rows[:13])) == 13 * 64 and (children.rows_of(899, 60, 64, 5) == rows).all()
  keys = jax.random.split(jax.random.key(1), 2)
  logits = made.run(children.stack([NOTHING, NOTHING], SPACE, (2, 1)), keys, np.stack([rows, rows]))
  from jaxaug import data, evaluate, train

  network = evaluate.create_network(CONFIG['model'], 10)
  optimizer = train.make_optimizer(train.make_schedule(60, 3e-3), name='adamw')
  plain = augment.fixed(augment.identity)
  step = jax.jit(train.make_step(network, optimizer, train.erm(network), plain))
  state = train.init_state(network, optimizer, plain, jax.random.split(jax.random.clone(keys)[0])[0], (8, 8, 1), 0.0)
  for chosen in rows:
    state, _ = step(state, data.as_batch({name: made.splits.train[name][chosen] for name in ('image', 'label')}))
  image = data.as_batch({'image': made.splits.validation['image']})['image']
  np.testing.assert_allclose(logits[0], network.apply(train.evaluated(state), image), atol=2e-3)
  assert (np.asarray(logits[0]) != np.asarray(logits[1])).any()


def test_a_child_that_diverges_has_failed_and_the_others_go_on():
  config = CONFIG | dict(optimizer=dict(name='sgd', learning_rate=1e30), search=dict(children=2, seeds=2))
  objective = make_objective(config, SPACE)
  found = objective.evaluate([NOTHING], jax.random.key(0))
  assert found.failed.all() and np.isnan(found.value).all() and objective.cost().failed == 1
  assert objective.trial == 120 and objective.cost().child_steps == 120


def test_metrics_of_examples():
  logits, label = np.array([[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), np.array([0, 1])
  assert (each_example(logits, label, 'accuracy') == [1, 0]).all()
  expected = np.array([2, 0]) - np.log([np.exp(2) + 2, 2 + np.e])
  np.testing.assert_allclose(each_example(logits, label, 'loss'), expected)
  assert np.isnan(each_example(logits * np.nan, label, 'accuracy')).all()
  from jaxaug.search.objective import _scores

  right = np.array([[[1, 1, 0, 0], [1, 1, 1, 0]]] * 2, float)
  found = _scores(right, np.array([0, 0, 1, 1]), 'worst_class')
  np.testing.assert_allclose(found.value, [0, 0.5])
  np.testing.assert_allclose(found.error, [0, (0.25 / 2) ** 0.5])


def test_the_function_that_outside_checks_call():
  found = train_children(CONFIG | {'search': {}}, [NOTHING, INVERT], jax.random.key(0))
  assert found.shape == (2,) and found[0] > found[1]


@pytest.mark.parametrize(
  'changes, message',
  (
    (dict(search=dict(children=0)), 'search.children: 0 must be at least 1'),
    (dict(search=dict(metric='acuracy')), "search.metric: 'acuracy' is unknown. Did you mean 'accuracy'"),
    (dict(trian={}), "config: 'trian' is unknown. Did you mean 'train'"),
    (dict(train=dict(steps=0)), 'train.steps: 0 must be at least 1'),
    (dict(train=dict(batch_size=5000)), 'train.batch_size: 5000 is above the 899 training examples'),
    (dict(data=dict(source='digits', validation=0.0)), 'data.validation: a search needs validation examples'),
    (dict(objective=dict(name='ermm')), "objective.name: 'ermm' is unknown"),
  ),
)
def test_bad_fields_are_named(changes, message):
  with pytest.raises(InputError, match=message):
    make_objective(CONFIG | changes, SPACE)


def test_policies_of_another_space_are_named(objective):
  with pytest.raises(InputError, match="ops: 'Color' is unknown"):
    objective.evaluate([Policy(((Step(('Color',)),),))], jax.random.key(0))
  with pytest.raises(InputError, match="policy.source: 'tpu', the space is of 'torchvision'"):
    objective.evaluate([NOTHING._replace(source='tpu')], jax.random.key(0))
  with pytest.raises(InputError, match='there must be at least one'):
    objective.evaluate([], jax.random.key(0))
