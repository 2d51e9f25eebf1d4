"""What membership inference learns from a GAN that has seen 100 digits for long, and from one that has seen them at epsilon 1.

python -m benchmarks.private_generator

trains both for each of SEEDS splits of scikit-learn's digits, attacks them with DOMIAS, prints a line an arm and writes
`benchmarks/results/private_generator.json`. Pixels are scaled by their known range, so nothing but the discriminator reads the rows.
"""

import secrets

import jax
import numpy as np
from sklearn.datasets import load_digits

from benchmarks import timing
from jaxaug import metrics, parallel, tracking
from jaxaug.synthesize import Mechanism, dp_gan, dp_noise, fit, gan, padded_size, poisson_rows, spending

SEEDS = 6
MEMBERS, NON_MEMBERS, FAKES = 100, 800, 2000  # the other rows, 897, are the attacker's reference
SETTINGS = dict(width=64, latent=16, learning_rate=1e-3, penalty='none')
STEPS, BATCH_SIZE = 8000, 32  # of the GAN without privacy
PRIVATE_STEPS, BATCHES, EXPECTED, EPSILON, DELTA = 300, 3, 50, 1.0, 1e-4
ATTACK = dict(components=32, bandwidth=0.5)
NOTES = (
  'Means over seeds with 95% intervals (Student). auroc .5 and true_positive_rate .01 (at 1% false positives) are chance. frechet: distance '
  'of pixels to rows that were not trained on; of `noise` the same for clipped N(0, 1). The attack is the one of five (components 8, 16, '
  '32, bandwidth 1, .5) that told most from the GAN without privacy on other runs of seeds 0 to 3.'
)


def arms() -> dict:
  """{name: (generator, keywords of `fit`)}."""
  noise = dp_noise(EPSILON, EXPECTED / MEMBERS, PRIVATE_STEPS * BATCHES, DELTA)
  mechanism = Mechanism(MEMBERS, EXPECTED, noise, DELTA, batches=BATCHES)
  private = dict(steps=PRIVATE_STEPS, batch_size=padded_size(mechanism), draw=poisson_rows(mechanism))
  return {
    'without privacy': (gan((64,), **SETTINGS), dict(steps=STEPS, batch_size=BATCH_SIZE)),
    f'epsilon {EPSILON:g}': (
      dp_gan((64,), mechanism=mechanism, settings=SETTINGS),
      {**private, 'check': spending(mechanism), 'check_every': PRIVATE_STEPS},
    ),
  }


def main():
  parallel.initialize()
  images = (load_digits().data / 8 - 1).astype(np.float32)
  order = np.stack([np.random.default_rng(seed).permutation(len(images)) for seed in range(SEEDS)])
  members, others, reference = (images[part] for part in np.split(order, [MEMBERS, MEMBERS + NON_MEMBERS], axis=1))
  examples = {'encoded': members, 'condition': np.zeros((SEEDS, MEMBERS, 0), np.float32)}
  each_seed = lambda key: jax.vmap(jax.random.fold_in, (None, 0))(key, np.arange(SEEDS))
  rows = []
  for name, (generator, settings) in arms().items():
    unknown = jax.random.wrap_key_data(np.frombuffer(secrets.token_bytes(8), np.uint32))  # who knows the key knows the noise
    found = fit(generator, examples, each_seed(unknown), name=name, **settings)
    draw = parallel.every_seed(generator.sample)
    fake = draw(found.variables, each_seed(jax.random.key(1)), np.zeros((SEEDS, FAKES, 0), np.float32))
    fake = np.clip(np.asarray(fake), -1, 1)
    attacks = [metrics.membership(*rows, **ATTACK) for rows in zip(members, others, fake, reference)]
    row = {'arm': name, 'epsilon': found.history[-1].get('epsilon', float('inf')), 'delta': DELTA}
    for measure in ('auroc', 'true_positive_rate'):
      row[measure] = metrics.over_seeds([attack[measure].value for attack in attacks])._asdict()
    row['frechet'] = metrics.over_seeds([metrics.frechet_distance(*pair) for pair in zip(others, fake)])._asdict()
    row['coverage'] = metrics.over_seeds([metrics.prdc(*pair)['coverage'] for pair in zip(others, fake)])._asdict()
    rows.append(row)
  noise = np.clip(np.random.default_rng(0).normal(size=(FAKES, 64)), -1, 1)
  for row in rows:
    told = {field: metrics.Interval(**row[field]) for field in ('auroc', 'true_positive_rate', 'frechet', 'coverage')}
    print(f'{row["arm"]}, epsilon {row["epsilon"]:.4f}  ' + '  '.join(f'{field} {value}' for field, value in told.items()))
  about = {'seeds': SEEDS, 'members': MEMBERS, 'settings': SETTINGS, 'attack': ATTACK, 'notes': NOTES}
  about |= {'frechet_of_noise': float(metrics.frechet_distance(others[0], noise))}
  tracking.write_json(timing.RESULTS / 'private_generator.json', {**about, 'rows': rows, **tracking.provenance(0)})


if __name__ == '__main__':
  main()
