"""Is a GAN that is rewarded for hard samples worth more to a classifier than a plain one? Digits, 20 a class, 10 seeds side by side.

python -m benchmarks.joint_training

Arms differ in the two weights of `jaxaug.synthesize.joint` and in what the classifier minimises; all see as many real rows, those with draws
as many drawn ones beside. Each seed has a split of its own; its arms share it, the weights they start from and the attack. The weights of 'joint' are those, of four pairs (.3, .3; .3, .03; 1, .3; 3, 1), that did
best under attack on the test rows of four other seeds (100 to 103, other splits of the same digits); no other arm was tuned. Writes
`benchmarks/results/joint_training.json` and, with `--folder`, a picture of the draws; `--stored` prints what is stored.
"""

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags

from benchmarks import timing
from jaxaug import attacks, data, models, parallel, synthesize, tracking
from jaxaug.metrics import over_seeds
from jaxaug.synthesize.paired import holm, paired

SEEDS = flags.DEFINE_integer('seeds', 10, 'How many.', lower_bound=2)
FIRST = flags.DEFINE_integer('first', 0, 'Number of the first seed.')
FOLDER = flags.DEFINE_string('folder', '', 'Where to put a picture of the draws; none is drawn without.')
STORED = flags.DEFINE_bool('stored', False, 'Only print what is stored.')
PATH = timing.RESULTS / 'joint_training.json'

PER_CLASS, STEPS, BATCH, EPSILON, ATTACKED = 20, 1500, 64, 0.1, 500
SHARED = dict(
  gan=dict(preset='rows', network='perceptron', width=64),
  classifier=dict(name='mlp', hidden=(64,)),
  cap=0.0,
  learning_rate=1e-3,
  ema=0.999,
)
WEIGHTS = {  # of hardness and consistency
  'plain GAN': (0.0, 0.0),
  'hard, no teacher': (1.0, 0.0),
  'joint': (1.0, 0.3),
}
OBJECTIVES = {
  '': dict(name='erm'),
  'PGD training, ': dict(name='pgd_at', attack=dict(norm='linf', epsilon=EPSILON, steps=5, step_size=0.03)),
}
PAIRS = (('plain GAN', 'real only'), ('joint', 'real only'), ('joint', 'plain GAN'), ('joint', 'hard, no teacher'))
METRICS = ('accuracy', 'under APGD', 'of its class')


def splits(seeds):
  """(train images [S, N, 8, 8, 1] in [-1, 1], one-hot labels [S, N, K], test images in [0, 1], test labels), of each seed its own."""
  whole = data.load({'source': 'digits'})
  image = np.concatenate([part['image'] for part in whole[:3]]) / np.float32(255)
  label = np.concatenate([part['label'] for part in whole[:3]]).astype(np.float32)
  train, test = [], []
  for seed in seeds:
    order = np.random.default_rng(seed).permutation(len(label))
    chosen = np.concatenate([order[label[order].argmax(-1) == k][:PER_CLASS] for k in range(label.shape[1])])
    train.append(chosen)
    test.append(np.setdiff1d(order, chosen, assume_unique=True))
  train, test = np.array(train), np.array(test)
  return 2 * image[train] - 1, label[train], image[test], label[test]


def judge_of(made):
  """(variables, images, labels) -> {'accuracy', 'under APGD'} of each seed: all test rows; ATTACKED under APGD-50 on two losses, the worse."""
  ball = attacks.threat_model('linf', EPSILON)
  tries = [attacks.apgd(ball, steps=50, loss=loss) for loss in ('ce', 'margin')]

  @jax.jit
  def one(variables, image, label):
    right = lambda image, label: made.classify(variables, 2 * image - 1).argmax(-1) == label.argmax(-1)
    model = models.as_model(lambda image: made.classify(variables, 2 * image - 1))
    batch = {'image': image[:ATTACKED], 'label': label[:ATTACKED]}
    keys = jax.random.split(jax.random.key(1), len(tries))
    stands = [right(attack(key, batch, model)['image'], batch['label']) for attack, key in zip(tries, keys)]
    return right(image, label).mean(), (stands[0] & stands[1]).mean()

  def judge(variables, image, label):
    found = [one(jax.tree.map(lambda a: a[s], variables), image[s], label[s]) for s in range(len(image))]
    return dict(zip(METRICS, np.array(found, np.float64).T))

  return judge


def reference(image, label):
  """A logistic regression on each seed's test rows: it knows what G must not, and says what a draw shows."""
  from sklearn.linear_model import LogisticRegression

  flat = lambda rows: rows.reshape(len(rows), -1)
  judges = [LogisticRegression(max_iter=1000).fit(flat(x), y.argmax(-1)) for x, y in zip(image, label)]

  def agreement(drawn, asked):
    return np.array([(judge.predict(flat(rows)) == asked).mean() for judge, rows in zip(judges, (drawn + 1) / 2)])

  return agreement


def drawn_by(made, variables, each=100):
  """(draws [S, 10 * each, 8, 8, 1], classes asked for)."""
  asked = np.repeat(np.arange(10), each)
  keys = jax.random.split(jax.random.key(2), len(jax.tree.leaves(variables)[0]))
  condition = np.eye(10, dtype=np.float32)[asked]
  return np.asarray(jax.jit(jax.vmap(lambda v, key: made.sample(v, key, condition)))(variables, keys)), asked


def weighted(objective, ratio):
  """A Joint whose two weights stand in the batch, a number a row, so that arms are trained side by side as seeds are."""
  make = lambda **weights: synthesize.joint((8, 8, 1), 10, **SHARED, objective=objective, ratio=ratio, **weights)

  def update(state, batch, axis=None):
    return make(hardness=batch['hardness'][0], consistency=batch['consistency'][0]).update(state, batch, axis)

  return make()._replace(update=update)


def measured(seeds):
  """({arm: {metric: [S]}}, {arm: draws of the first seed, 10 a class})."""
  encoded, condition, image, label = splits(seeds)
  keys = jax.vmap(jax.random.key)(np.array(seeds))
  agreement, scores, draws = reference(image, label), {}, {}
  judge = judge_of(weighted(OBJECTIVES[''], 1.0))  # the same network in all arms
  for before, objective in OBJECTIVES.items():
    for ratio, arms in ((0.0, {'real only': (0.0, 0.0)}), (1.0, WEIGHTS)):
      each = lambda a: np.concatenate([a] * len(arms))
      rows = lambda place: np.repeat([pair[place] for pair in arms.values()], encoded.shape[0])[:, None]
      wide = lambda a: np.broadcast_to(a, (len(a), encoded.shape[1])).astype(np.float32)
      examples = {'encoded': each(encoded), 'condition': each(condition)}
      examples |= {'hardness': wide(rows(0)), 'consistency': wide(rows(1))}
      made, lanes = weighted(objective, ratio), jnp.concatenate([jax.random.clone(keys) for _ in arms])
      found = synthesize.fit(made, examples, lanes, steps=STEPS, batch_size=BATCH, steps_per_call=50, name=before or 'erm')
      for n, arm in enumerate(arms):
        mine = jax.tree.map(lambda a: a[n * len(seeds) : (n + 1) * len(seeds)], found.variables)
        name = before + arm
        scores[name] = judge(mine, image, label)
        if ratio:
          drawn, asked = drawn_by(made, mine)
          scores[name]['of its class'] = agreement(drawn, asked)
          draws[name] = drawn[0].reshape(10, -1, 8, 8)[:, :10]
        tracking.say(f'{name}: ' + ', '.join(f'{metric} {values.mean():.3f}' for metric, values in scores[name].items()))
  return scores, draws


def table(stored):
  """What is stored, as text."""
  percent = lambda held: f'{100 * held["value"]:.1f} [{100 * held["low"]:.1f}, {100 * held["high"]:.1f}]'
  lines = ['| arm | ' + ' | '.join(METRICS) + ' |', '| --- ' * (1 + len(METRICS)) + '|']
  for arm, row in stored['arms'].items():
    lines.append(f'| {arm} | ' + ' | '.join(percent(row[metric]) if metric in row else '' for metric in METRICS) + ' |')
  lines += ['', '| difference, points | ' + ' | '.join(METRICS[:2]) + ' |', '| --- ' * 3 + '|']
  for row in stored['differences']:
    cells = [f'{percent(row[metric])}, p {row[metric]["adjusted"]:.2g}' for metric in METRICS[:2]]
    lines.append(f'| {row["arm"]} minus {row["from"]} | ' + ' | '.join(cells) + ' |')
  return '\n'.join(lines)


def picture(draws, folder):
  """Plain draws beside hard ones: a row a class."""
  import matplotlib

  matplotlib.use('agg')
  from matplotlib import pyplot

  names = list(draws)
  figure, axes = pyplot.subplots(len(OBJECTIVES), len(WEIGHTS), figsize=(12, 8.8), layout='constrained')
  for axis, name in zip(axes.flat, names):
    tiles = np.pad(draws[name], ((0, 0), (0, 0), (1, 0), (1, 0)), constant_values=1)
    axis.imshow(tiles.transpose(0, 2, 1, 3).reshape(90, -1), cmap='gray', vmin=-1, vmax=1)
    axis.set_title(name)
    axis.axis('off')
  pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
  figure.savefig(pathlib.Path(folder) / 'draws.png', dpi=100)


def main(_):
  if not STORED.value:
    parallel.initialize()
    scores, draws = measured(range(FIRST.value, FIRST.value + SEEDS.value))
    differences = []
    for arm, other in [(before + arm, before + other) for before in OBJECTIVES for arm, other in PAIRS]:
      row = {metric: paired(scores[arm][metric], scores[other][metric]) for metric in METRICS[:2]}
      differences.append({'arm': arm, 'from': other, **row})
    for metric in METRICS[:2]:
      for row, adjusted in zip(differences, holm([row[metric]['p_value'] for row in differences])):
        row[metric]['adjusted'] = float(adjusted)
    settings = dict(SHARED, per_class=PER_CLASS, steps=STEPS, batch_size=BATCH, epsilon=EPSILON, attacked=ATTACKED)
    settings |= dict(objectives=OBJECTIVES, weights=WEIGHTS)
    tracking.write_json(
      PATH,
      {
        'notes': 'accuracy on all other digits; under APGD-50 on cross-entropy and margin, the worse, Linf, first rows; of its class: a '
        "logistic regression on the test rows agrees with the class a draw was asked for; p-values after Holm's correction",
        'settings': settings | {'seeds': [FIRST.value, SEEDS.value]},
        'arms': {arm: {m: over_seeds(values)._asdict() for m, values in row.items()} for arm, row in scores.items()},
        'scores': {arm: {m: values.tolist() for m, values in row.items()} for arm, row in scores.items()},
        'differences': differences,
        **tracking.provenance(FIRST.value),
      },
    )
    if FOLDER.value:
      picture(draws, FOLDER.value)
  print(table(json.loads(PATH.read_text())))


if __name__ == '__main__':
  app.run(main)
