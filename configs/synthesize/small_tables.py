"""Experiment D, the null: balanced small tables, breast cancer and wine at 30 and 60 rows; there is nothing to be had, and the verdict says so.

Command: python launch/synthesize.py --config=configs/synthesize/small_tables.py:wine_30 --workdir=runs/synthesize/wine_30, and likewise
  wine_60, breast_cancer_30, breast_cancer_60
Cost: 2 to 4 minutes each on 2 cores, most of it for the learners
Expected: does not help, on all four.
Obtained: does not help, with any learner at any share, 36 of 36: differences from the best control -.9 to +.2 points, two of them told below a pooled
  Gaussian's (breast cancer, 20%: forest at 30 rows, MLP at 60), from real rows only -.7 to +.3.
"""

import ml_collections

PER_CLASS = {'wine_30': 10, 'wine_60': 20, 'breast_cancer_30': 15, 'breast_cancer_60': 30}


def get_config(name: str = 'wine_30') -> ml_collections.ConfigDict:
  """The whole job for one table and size, a key of PER_CLASS."""
  config = dict(
    seed=0,
    seeds=20,
    data=dict(
      source=name.rsplit('_', 1)[0], seed=0, validation=0.0, test=0.5, fraction=1.0, per_class=PER_CLASS[name], imbalance={}
    ),
    rare=dict(count=0, target=0, classes=()),
    generator=dict(name='edm', network='row', width=128, depth=2, learning_rate=1e-3, sigma_data=0.5),
    fit=dict(steps=2000, batch_size=64, check_every=500),
    detectors=dict(),  # thresholds of jaxaug.synthesize.DETECTORS; none is changed
    gate=dict(
      classifier='logistic', refused=0.05, near=0.25, outside=0.1, outside_share=0.05, rough=0.0, candidates=2.0, attempts=4
    ),
    review=dict(required=False),
    mix=dict(targets={}, ratios=(0.1, 0.2, 0.3)),
    controls=('class weights', 'oversampling', 'jitter', 'smote', 'gaussian', 'copula'),
    retrain=dict(learners=('logistic', 'mlp', 'forest'), metric='accuracy', classes=()),
  )
  return ml_collections.ConfigDict(config)
