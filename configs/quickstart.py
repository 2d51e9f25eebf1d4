"""Digits: the same small network with and without adversarial augmentation."""
import ml_collections


def get_config() -> ml_collections.ConfigDict:
  """The whole job: data, model, both arms, evaluation."""
  attack = dict(norm='linf', epsilon=.1, steps=10, step_size=.02, restarts=1)
  config = dict(
      seed=0,
      data=dict(source='digits', seed=0, validation=.1, test=.2, fraction=1., per_class=0, imbalance={}),
      model=dict(name='cnn', widths=(16, 32, 32, 64), hidden=128, dtype='float32'),
      augment=dict(names=('standard',), standard=dict(padding=1, flip=False), adversarial=attack),
      objective=dict(name='erm', label_smoothing=0.),
      optimizer=dict(name='adamw', learning_rate=.003, momentum=.9, nesterov=True, weight_decay=1e-3, clip_norm=1.),
      schedule=dict(name='one_cycle', warmup=.2, final=0.),
      train=dict(steps=600, batch_size=128, ema=0., accumulate=1, log_every=50, evaluate_every=100, parallel='pmap'),
      evaluate=dict(
          split='test', baseline='plain', examples=0, batch_size=256, attack={**attack, 'steps': 20, 'restarts': 2}, attack_examples=0,
          epsilons=(0., .025, .05, .075, .1, .125, .15, .175, .2), select='robust', validation_examples=0, validation_steps=10),
      arms=dict(
          plain=dict(augment=dict(names=('standard',))),
          adversarial=dict(augment=dict(names=('standard', 'adversarial'))),
      ),
  )
  return ml_collections.ConfigDict(config)
