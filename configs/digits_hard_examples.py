"""Digits, 415 training images: which hard examples are worth training on, mined by loss, margin or disagreement, or made at the boundary.

Command: python launch/train.py --config=configs/digits_hard_examples.py --workdir=runs/digits_hard_examples --seeds=3
Cost: at most 1.5 minutes an arm and seed on 2 cores, AutoAttack included, beside other work
Expected: clean accuracy within a few points of plain training; what is made at the boundary, and remargining, gain robustness.
Obtained: 3 seeds, minus plain training (96.4% clean, 31.1% under PGD-50, 27.2% under AutoAttack): no mining changes clean accuracy (loss -0.1 points,
  -4.0 to 3.8; rising -0.1, -2.1 to 1.9; margin +0.0, -3.6 to 3.6; disagreement +0.6, -2.6 to 3.9) nor robust; examples made at the boundary +39.7
  points under AutoAttack (21.3 to 58.2) at +0.3 clean (-4.6 to 5.1), PGD training +48.7 (32.7 to 64.6), mined by margin +50.8 (37.1 to 64.5).
  TRADES +52.2 (38.1 to 66.2), with remargin +53.7 (41.0 to 66.4).
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The whole job: data, model, an arm a method, evaluation."""
  attack = dict(norm='linf', epsilon=0.1, steps=10, step_size=0.02)
  names = lambda *more, **settings: dict(names=more, **settings)
  mined = lambda **settings: names('hard_examples', 'standard', hard_examples=settings)
  config = dict(
    seed=0,
    data=dict(source='digits', seed=0, validation=0.1, test=0.2, fraction=0.33, per_class=0, imbalance={}),
    model=dict(name='cnn', widths=(16, 32, 32, 64), hidden=128, dtype='float32'),
    augment=dict(
      names=('standard',),
      standard=dict(padding=1, flip=False),
      augmix=dict(views=2),
      boundary=dict(epsilon=0.1, steps=10, step_size=0.02, least=0.0),
      frl=dict(clean=0.02, boundary=0.05, rate=0.01, remargin=0.0),
      hard_examples=dict(capacity=128, share=0.25, score='loss', decay=0.99, warmup=100, rise=0),
    ),
    objective=dict(name='erm'),
    optimizer=dict(name='adamw', learning_rate=0.003, momentum=0.9, nesterov=True, weight_decay=1e-3, clip_norm=1.0),
    schedule=dict(name='one_cycle', warmup=0.2, final=0.0),
    train=dict(steps=600, batch_size=128, ema=0.0, accumulate=1, log_every=50, evaluate_every=100, parallel='pmap'),
    evaluate=dict(
      split='test',
      baseline='plain',
      examples=0,
      batch_size=256,
      attack={**attack, 'steps': 50, 'step_size': 0.01, 'restarts': 2, 'loss': 'margin'},
      attack_examples=0,
      autoattack=dict(norm='linf', epsilon=0.1, version='standard', examples=0, batch_size=256),
      certified={},
      detection={},
      stability={},
      sanitation={},
      explain={},
      epsilons=(),
      curves=(),
      under=dict(spatial_attack=dict(degrees=15.0, pixels=1.0, grid=(7, 3, 3))),
      corruption={},
      select='clean',
      validation_examples=0,
      validation_steps=10,
    ),
    arms=dict(
      plain={},
      loss=dict(augment=mined()),
      margin=dict(augment=mined(score='margin')),
      loss_rising=dict(augment=mined(rise=300)),
      views=dict(objective=dict(name='jsd'), augment=names('standard', 'augmix')),
      disagreement=dict(
        objective=dict(name='jsd'),
        augment=names('hard_examples', 'standard', 'augmix', hard_examples=dict(score='disagreement')),
      ),
      boundary=dict(augment=names('standard', 'boundary')),
      pgd=dict(objective=dict(name='pgd_at', attack=attack)),
      pgd_margin=dict(objective=dict(name='pgd_at', attack=attack), augment=mined(score='margin')),
      trades=dict(objective=dict(name='trades', attack=attack)),
      trades_remargin=dict(
        objective=dict(name='trades', attack=attack), augment=names('standard', 'frl', frl=dict(remargin=0.05))
      ),
    ),
  )
  return ml_collections.ConfigDict(config)
