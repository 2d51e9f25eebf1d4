"""A new class from ten examples: a pretrained diffusion model adapted by LoRA, all of it fine-tuned, and one from scratch.

python -m benchmarks.lora

EDM learns digits 0 to 8 of a seed's train split; ten of its nines are what the three arms then learn from, for the same number of steps and
batches. A classifier of the whole train split says how many of the nines drawn are nines, and how many draws of 0 to 8 are what they
were asked to be; the kernel distance of drawn nines is to the nines of the test split, which nothing else has seen, in standardised
pixels. Beside them stand the pretrained model as it was and the ten examples, repeated. Writes `benchmarks/results/lora.json`; `--stored`
prints what is there.
"""

import json

import jax
import numpy as np
from absl import app, flags

from benchmarks import timing
from jaxaug import metrics, parallel, synthesize, tracking
from jaxaug.synthesize import stages
from jaxaug.synthesize.codec import flat_codec
from jaxaug.synthesize.learners import fit_learner

SEEDS = flags.DEFINE_integer('seeds', 6, 'Splits, each with a pretrained generator of its own.')
STEPS = flags.DEFINE_integer('steps', 200, 'Of each arm.')
PRETRAINING = flags.DEFINE_integer('pretraining', 1000, 'Steps on the classes 0 to 8.')
STORED = flags.DEFINE_bool('stored', False, 'Only print what is stored.')
PATH = timing.RESULTS / 'lora.json'
NEW, EXAMPLES, DRAWS, CLASSES, RANK, BATCH = 9, 10, 180, 10, 4, 64
WORDS = {
  'new_agreement': 'nines that are nines',
  'new_distance': 'kernel distance to real nines',
  'old_agreement': 'draws of 0 to 8 that are what was asked',
}


def main(_):
  if not STORED.value:
    parallel.initialize(1)  # a device alone: two would both train the one generator that an arm has
    tracking.write_json(PATH, run(SEEDS.value))
  stored = json.loads(PATH.read_text())
  print(f'| arm | {" | ".join(WORDS.values())} |\n| --- |{" --- |" * len(WORDS)}')
  for arm, row in stored['arms'].items():
    told = (row.get(field) for field in WORDS)
    cells = ['' if one is None else f'{one["value"]:.3f} [{one["low"]:.3f}, {one["high"]:.3f}]' for one in told]
    print(f'| {arm} | {" | ".join(cells)} |')


def run(seeds: int) -> dict:
  """Trains and measures.

  Args:
    seeds: S.

  Returns:
    `arms`, of each the measures with intervals over seeds; LoRA minus the others, paired by seed; settings and provenance.
  """
  parts, _ = stages.split(dict(source='digits', test=0.5, per_class=50), dict(count=0, target=0, classes=()), seeds)
  codec, one_hot = flat_codec(parts['train_rows'].shape[2:]), np.eye(CLASSES, dtype=np.float32)
  old = [label != NEW for label in parts['train_label']]
  learnt = [codec.fit(rows[here]) for rows, here in zip(parts['train_rows'], old)]
  encode = lambda s, rows: codec.encode(learnt[s], rows)
  examples = {
    'encoded': np.stack([encode(s, parts['train_rows'][s][here]) for s, here in enumerate(old)]),
    'condition': one_hot[np.stack([label[here] for label, here in zip(parts['train_label'], old)])],
  }
  generator = synthesize.edm(examples['encoded'].shape[2:], CLASSES, network='row', width=128, depth=3)
  keys = jax.random.split(jax.random.key(0), seeds)
  found = synthesize.fit(generator, examples, keys, steps=PRETRAINING.value, name='pretraining')
  few, fresh = _examples(parts, encode), jax.random.split(jax.random.key(2), seeds)
  scratch = synthesize.fit(generator, few, jax.random.clone(fresh), steps=STEPS.value, batch_size=BATCH, name='from scratch')
  rows = {}
  for s in range(seeds):
    tracking.say(f'seed {s} of {seeds}')
    held, alone = (jax.tree.map(lambda a: a[s], of.variables) for of in (found, scratch))
    ours = {name: values[s : s + 1] for name, values in few.items()}
    for arm, measured in _arms(generator, held, alone, parts, ours, s, encode, jax.random.clone(fresh)[s : s + 1]).items():
      rows.setdefault(arm, []).append(measured)
  table = {arm: {field: [row[field] for row in of] for field in of[0]} for arm, of in rows.items()}
  interval = lambda values: metrics.over_seeds(values)._asdict()
  return {
    'arms': {arm: {field: interval(values) for field, values in row.items()} for arm, row in table.items()},
    'lora_minus': {
      arm: {field: interval(np.subtract(table['LoRA'][field], table[arm][field])) for field in WORDS}
      for arm in ('fine-tuning', 'from scratch')
    },
    'settings': dict(
      seeds=seeds,
      steps=STEPS.value,
      pretraining=PRETRAINING.value,
      examples=EXAMPLES,
      draws=DRAWS,
      rank=RANK,
      width=128,
      depth=3,
    ),
    'provenance': tracking.provenance(0),
  }


def _examples(parts, encode) -> dict:
  """The ten nines of each seed, [S, 10, ...], and their condition."""
  seeds = len(parts['train_rows'])
  nines = [encode(s, parts['train_rows'][s][parts['train_label'][s] == NEW][:EXAMPLES]) for s in range(seeds)]
  return {'encoded': np.stack(nines), 'condition': np.eye(CLASSES, dtype=np.float32)[np.full((seeds, EXAMPLES), NEW)]}


def _arms(generator, held, alone, parts, examples, s, encode, run_key) -> dict[str, dict[str, float]]:
  """{arm: measures} of seed s, from its pretrained weights, those trained from scratch, and its ten examples [1, 10, ...]."""
  judge = fit_learner('mlp', encode(s, parts['train_rows'][s]), parts['train_label'][s], s)
  nines, real = examples['encoded'][0], encode(s, parts['test_rows'][s][parts['test_label'][s] == NEW])
  asked = np.r_[np.full(DRAWS, NEW), np.arange(DRAWS) % NEW]
  condition = np.eye(CLASSES, dtype=np.float32)[asked]
  key = jax.random.fold_in(jax.random.key(1), s)

  def measured(generator, variables):
    made = np.asarray(jax.jit(generator.sample)(variables, jax.random.clone(key), condition))
    right = judge.predict(made) == asked
    return {
      'new_agreement': float(right[:DRAWS].mean()),
      'new_distance': metrics.polynomial_mmd(made[:DRAWS], real),
      'old_agreement': float(right[DRAWS:].mean()),
    }

  arms = {
    'LoRA': synthesize.lora(generator, held, rank=RANK, alpha=float(RANK), learning_rate=3e-3),
    'fine-tuning': synthesize.fine_tuned(generator, held),
  }
  told = {'pretrained': measured(generator, held)}
  for name, arm in arms.items():
    found = synthesize.fit(arm, examples, jax.random.clone(run_key), steps=STEPS.value, batch_size=BATCH, name=name)
    told[name] = measured(arm, jax.tree.map(lambda a: a[0], found.variables))
  told['from scratch'] = measured(generator, alone)
  again = nines[np.random.default_rng(s).integers(0, EXAMPLES, DRAWS)]
  repeated = {
    'new_agreement': float((judge.predict(again) == NEW).mean()),
    'new_distance': metrics.polynomial_mmd(again, real),
  }
  return told | {'the ten examples, repeated': repeated}


if __name__ == '__main__':
  app.run(main)
