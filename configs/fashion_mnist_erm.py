"""Fashion-MNIST, plain training: the baseline of fashion_mnist_pgd."""
import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The whole job: data, model, objective, evaluation."""
  config = dict(
      seed=0,
      data=dict(source='fashion_mnist', seed=0, validation=.03, test=.2, fraction=1., per_class=0, imbalance={}),
      model=dict(name='cnn', widths=(16, 32, 32, 64), hidden=128, dtype='float32'),
      augment=dict(names=('standard',), standard=dict(padding=2, flip=True)),
      objective=dict(name='erm', label_smoothing=0.),
      optimizer=dict(name='adamw', learning_rate=.003, momentum=.9, nesterov=True, weight_decay=1e-4, clip_norm=1.),
      schedule=dict(name='one_cycle', warmup=.2, final=0.),
      train=dict(steps=2000, batch_size=256, ema=.99, accumulate=1, log_every=50, evaluate_every=300, parallel='pmap'),
      evaluate=dict(
          split='test', baseline='', examples=0, batch_size=256, attack=dict(norm='linf', epsilon=.1, steps=20, step_size=.0125, restarts=2),
          attack_examples=1000, epsilons=(0., .025, .05, .075, .1, .125, .15), select='clean', validation_examples=512,
          validation_steps=10),
      arms=dict(plain=dict(objective=dict(name='erm'))),
  )
  return ml_collections.ConfigDict(config)
