"""How robust a trained run is: clean, PGD-20 at eight radii, AutoAttack, corruptions, for every arm.

Command: python launch/evaluate.py --config=configs/evaluate/robustness.py --config.checkpoint=runs/fashion_mnist_pgd
Cost: on 2 CPU cores, with the small network of configs/fashion_mnist_pgd.py, 25 minutes, of which AutoAttack on 1,000 images takes
  most; --config.evaluate.autoattack.examples=200 takes a fifth of that. A killed AutoAttack goes on where it was.
Expected: accuracy under AutoAttack below that under PGD below clean accuracy on the same images; what breaks this is told as a fault.
Obtained: not run in full yet.
"""

import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The folder of a run, and what is measured on its chosen checkpoints."""
  config = dict(
    checkpoint='',  # workdir of a trained run
    evaluate=dict(
      split='test',
      baseline='',
      examples=0,
      batch_size=256,
      attack=dict(norm='linf', epsilon=0.1, steps=20, step_size=0.0125, restarts=2),
      attack_examples=1000,
      autoattack=dict(norm='linf', epsilon=0.1, version='standard', examples=1000, batch_size=256),
      epsilons=(0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2),
      corruption=dict(severities=(1, 2, 3, 4, 5), source='cifar10', examples=1000),
      select='clean',
      validation_examples=512,
      validation_steps=0,
    ),
  )
  return ml_collections.ConfigDict(config)
