"""Digits: the same small network with and without adversarial augmentation.

The only difference between the two arms is one more augmentation, PGD-10 in the Linf ball of .1, after the shift.

Command: python launch/train.py --config=configs/quickstart.py --workdir=runs/quickstart (or `make demo`)
Cost: 1 minute on 2 cores, compilation included; `make demo` from nothing 1.6 minutes with packages at hand
Expected: at least 15 points more robust accuracy under PGD-20 with 2 restarts, at little clean accuracy.
Obtained: 83.3% (79.1 to 86.8) against 35.7% (30.9 to 40.7) robust, paired difference 47.6 points (42.3 to 52.9); 98.3%
against 96.9% clean, paired difference 1.4 points (0.0 to 3.1); 359 test images, seed 0. (81.3 and 38.4% before first layers were summed
in another order: seed 0 is one training, and bits in its first step make another of it.)
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The whole job: data, model, both arms, evaluation."""
  attack = dict(norm='linf', epsilon=0.1, steps=10, step_size=0.02, restarts=1)
  config = dict(
    seed=0,
    data=dict(source='digits', seed=0, validation=0.1, test=0.2, fraction=1.0, per_class=0, imbalance={}),
    model=dict(name='cnn', widths=(16, 32, 32, 64), hidden=128, dtype='float32'),
    augment=dict(names=('standard',), standard=dict(padding=1, flip=False), adversarial=attack),
    objective=dict(name='erm', label_smoothing=0.0),
    optimizer=dict(name='adamw', learning_rate=0.003, momentum=0.9, nesterov=True, weight_decay=1e-3, clip_norm=1.0),
    schedule=dict(name='one_cycle', warmup=0.2, final=0.0),
    train=dict(steps=600, batch_size=128, ema=0.0, accumulate=1, log_every=50, evaluate_every=100, parallel='pmap'),
    evaluate=dict(
      split='test',
      baseline='plain',
      examples=0,
      batch_size=256,
      attack={**attack, 'steps': 20, 'restarts': 2},
      attack_examples=0,
      autoattack={},
      certified={},
      detection={},
      stability={},
      sanitation={},
      explain={},
      epsilons=(0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2),
      curves=(),
      under={},
      corruption={},
      select='robust',
      validation_examples=0,
      validation_steps=10,
    ),
    arms=dict(
      plain=dict(augment=dict(names=('standard',))), adversarial=dict(augment=dict(names=('standard', 'adversarial')))
    ),
  )
  return ml_collections.ConfigDict(config)
