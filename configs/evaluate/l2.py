"""How robust a trained run is in the L2 ball of 1: PGD-20 and six other attacks at five radii, two of which look for the smallest change, and AutoAttack.

Command: python launch/evaluate.py --config=configs/evaluate/l2.py --config.checkpoint=runs/robust/pgd/seed-0
Cost: 16 minutes for 300 images of a network of this size on 2 CPU cores, beside much other work
Expected: accuracy under AutoAttack below that under every other attack; a network that was trained in another ball does badly in this one.
Obtained: on runs/robust/pgd/seed-0 (trained in the Linf ball of .1; first 300 images): 85.0% clean, at radius 1 85.0% under noise, 78.7% FGSM, 74.7%
  DeepFool, 66.7% PGD-20 (61.2 to 71.8), 65.0% APGD, 65.7% Carlini and Wagner, 59.3% FAB, 51.7% AutoAttack (46.0 to 57.3); told as a fault: Square,
  which sees no gradient, fools 5.3% that the others did not.
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
      attack=dict(norm='l2', epsilon=1.0, steps=20, step_size=0.125, restarts=2),
      attack_examples=300,
      autoattack=dict(norm='l2', epsilon=1.0, version='standard', examples=300, batch_size=256),
      certified={},
      detection={},
      stability={},
      sanitation={},
      explain={},
      epsilons=(0.0, 0.25, 0.5, 0.75, 1.0),
      curves=('noise', 'fgsm', 'apgd', 'fab', 'deepfool', 'carlini_wagner'),
      under={},
      corruption={},
      select='clean',
      validation_examples=512,
      validation_steps=0,
    ),
  )
  return ml_collections.ConfigDict(config)
