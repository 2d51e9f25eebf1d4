"""Experiment A: digits, one class (each in its turn) with 5 examples where the others have 60; is a diffusion model shared across classes worth having?

Command: python launch/synthesize.py --config=configs/synthesize/digits_rare_class.py --workdir=runs/synthesize/digits_rare_class
Cost: to be measured
Expected: recall of the rare class at least 15 points above real rows only and 5 above the best control, for logistic regression and MLP.
Obtained: to be run
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The whole job."""
  config = dict(
    seed=0,
    seeds=20,
    data=dict(source='digits', seed=200, validation=0.0, test=0.5, fraction=1.0, per_class=60, imbalance={}),
    rare=dict(count=5, target=60, classes=()),
    generator=dict(name='edm', codec='rows', network='row', width=128, depth=3, learning_rate=1e-3, sigma_data=0.5),
    fit=dict(steps=2000, batch_size=128, check_every=500),
    gate=dict(
      classifier='logistic', refused=0.05, near=0.25, outside=0.5, outside_share=0.05, rough=2.0, candidates=2.0, attempts=4
    ),
    review=dict(required=False),
    mix=dict(targets={}, ratios=()),
    controls=('class weights', 'oversampling', 'jitter', 'smote', 'gaussian', 'classic'),
    retrain=dict(learners=('logistic', 'mlp', 'forest'), metric='recall', classes=()),
  )
  return ml_collections.ConfigDict(config)
