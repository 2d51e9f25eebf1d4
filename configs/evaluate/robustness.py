"""How robust a trained run is: clean, PGD-20 and four other attacks at eight radii, AutoAttack, certificate, corruptions, detection, stability,
sanitation, figures that explain, for every arm.

Command: python launch/evaluate.py --config=configs/evaluate/robustness.py --config.checkpoint=runs/robust/pgd/seed-0
Cost: mostly AutoAttack: 17 minutes for 1,000 images of a network of this size on 2 CPU cores, beside other work
  (`python -m benchmarks.attacks stored`), 2 minutes for 200 (`python -m benchmarks.attacks linf`). A killed AutoAttack goes on where it was.
Expected: accuracy under AutoAttack below that under PGD below clean accuracy on the same images; what breaks this is told as a fault.
Obtained: on runs/robust/pgd/seed-0 (`fashion_mnist_pgd`), 40 minutes, in which it was halted for other measurements: 85.2% clean, 76.2% under PGD-20 (73.5 to 78.7), 73.8% under
  AutoAttack (71.0 to 76.4; Shirt 27.6%), 0% certified by CROWN at .1 (first 200), .5% under rotations to 30 degrees and shifts to 3 pixels, 70.6%
  corrupted, ECE .034 clean and .029 under attack; one doubt is told: Square fools .2% that the attacks before it did not. The best detector, local
  Lipschitz, finds 11% of the images that fool it at 1% false alarms. No sanitiser helps under an attack that looks through it: AutoAttack leaves
  (first 100) 77% behind 3 bits, 70% behind JPEG, 71% behind the median, 58% behind random resizing, 78% behind none.
  On runs/fashion_mnist_erm, AutoAttack on 300 images and none behind sanitisers, 9 minutes: 91.8% clean, 0% under PGD-20 and AutoAttack, 74.4%
  corrupted; behind 3 bits PGD leaves 32.2%: its steps of 32/255 are wider than the ball, so that black stays black.
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
      certified=dict(
        method='crown', epsilon=0.1, examples=200, batch_size=20, sigma=0.25, copies=10000, choosing=100, alpha=0.001
      ),
      detection=dict(examples=1000, fit=5000, bits=3, window=3, neighbours=8, radius=0.02),
      stability=dict(examples=1000, draws=10, noise=0.1, degrees=10.0, pixels=2.0, brightness=0.2),
      sanitation=dict(
        names=('bits', 'jpeg', 'median', 'resize_pad'),
        examples=1000,
        draws=8,
        autoattack=dict(norm='linf', epsilon=0.1, version='standard', examples=100, batch_size=100),
      ),
      explain=dict(examples=200, shown=8, steps=64, layer='', planes=16, grid=21, reach=1.5, fooled=3, train=5000, top=5),
      epsilons=(0.0, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2),
      curves=('noise', 'fgsm', 'apgd', 'square'),
      under=dict(spatial_attack=dict(degrees=30.0, pixels=3.0, grid=(31, 5, 5))),
      corruption=dict(severities=(1, 2, 3, 4, 5), source='cifar10', examples=1000),
      select='clean',
      validation_examples=512,
      validation_steps=0,
    ),
  )
  return ml_collections.ConfigDict(config)
