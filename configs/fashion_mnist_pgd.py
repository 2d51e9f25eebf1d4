"""Fashion-MNIST, PGD adversarial training in the Linf ball of .1 (Madry et al., 2018, equation 2.1)."""
import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The whole job: data, model, objective, evaluation."""
  attack = dict(norm='linf', epsilon=.1, steps=7, step_size=.025, restarts=1)
  config = dict(
      seed=0,
      data=dict(source='fashion_mnist', seed=0, validation=.03, test=.2, fraction=1., per_class=0, imbalance={}),
      model=dict(name='cnn', widths=(16, 32, 32, 64), hidden=128, dtype='float32'),
      augment=dict(names=(), standard=dict(padding=2, flip=True)),
      objective=dict(name='pgd_at', mix=1., attack=attack, label_smoothing=0.),
      optimizer=dict(name='adamw', learning_rate=.003, momentum=.9, nesterov=True, weight_decay=1e-4, clip_norm=1.),
      schedule=dict(name='one_cycle', warmup=.2, final=0.),
      train=dict(steps=1200, batch_size=256, ema=.99, accumulate=1, log_every=50, evaluate_every=300, parallel='pmap'),
      evaluate=dict(
          split='test', baseline='', examples=0, batch_size=256, attack=dict(norm='linf', epsilon=.1, steps=20, step_size=.0125, restarts=2),
          attack_examples=1000, epsilons=(0., .025, .05, .075, .1, .125, .15), select='robust', validation_examples=512,
          validation_steps=10),
      arms=dict(adversarial=dict(objective=dict(name='pgd_at'))),
  )
  return ml_collections.ConfigDict(config)
