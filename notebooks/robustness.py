# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Robustness
#
# A small network on scikit-learn's digits, trained plainly and against PGD. What does an attack see, what does training against it
# cost, what can be certified, and what do the two networks look at?
#
# Needs `pip install -e '.[notebooks]'` in a checkout. In Colab, run that in a cell first.

# %%
# %config InlineBackend.figure_formats = ['jpeg']
import os
import pathlib
import tempfile

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

from jaxaug import attacks, certify, data, evaluate, metrics, models, train

SMOKE = bool(os.environ.get('JAXAUG_SMOKE'))  # a few steps, to see that every cell runs
folder = pathlib.Path(tempfile.mkdtemp())


def show(rows, titles, scale=1.0):
  """Rows of images."""
  figure, axes = plt.subplots(len(rows), len(rows[0]), figsize=(1.1 * len(rows[0]), 1.2 * len(rows)), squeeze=False, dpi=72)
  for row, line in enumerate(rows):
    for column, axis in enumerate(axes[row]):
      axis.imshow(
        np.asarray(line[column]).squeeze(), cmap='gray', vmin=0 if scale == 1 else None, vmax=scale if scale == 1 else None
      )
      axis.axis('off')
      axis.set_title(titles[row][column] if titles[row] is not None else '', fontsize=8)
  figure.tight_layout(pad=0.3)
  plt.show()


# %% [markdown]
# ## Two networks
#
# One config, two arms: the only difference is the objective.

# %%
attack = dict(norm='linf', epsilon=0.1, steps=2 if SMOKE else 10, step_size=0.02)
config = dict(
  data=dict(source='digits'),
  model=dict(name='cnn', **(dict(widths=(4, 4, 8, 8), hidden=16) if SMOKE else {})),
  augment=dict(names=('standard',), standard=dict(padding=1, flip=False)),
  optimizer=dict(name='adamw', learning_rate=0.003),
  schedule=dict(name='one_cycle'),
  train=dict(steps=4 if SMOKE else 400, batch_size=128, log_every=100, evaluate_every=200),
  evaluate=dict(attack={**attack, 'steps': 2 * attack['steps']}, baseline='plain', select='robust', validation_steps=5),
  arms=dict(plain=dict(objective=dict(name='erm')), robust=dict(objective=dict(name='pgd_at', attack=attack))),
)
results = train.fit(config, folder / 'run')
print(evaluate.table(results))

# %% [markdown]
# From here on a network is a function of images, `logits_fn`. Nothing below knows how it was made.

# %%
networks = {name: train.load_teacher(folder / 'run', name) for name in ('plain', 'robust')}
splits = data.load(config['data'])
test = data.as_batch(data.first(splits.test, 16 if SMOKE else 128))
accuracy = lambda logits_fn, image: float(metrics.accuracy(logits_fn(image), test['label']).value)

# %% [markdown]
# ## What an attack does
#
# An attack is an augmentation, `(key, batch, model) -> batch`. The perturbation is shown from -.1 (black) to .1 (white).

# %%
pgd = attacks.pgd(attacks.threat_model('linf', 0.1), steps=2 * attack['steps'], step_size=0.0125, restarts=2)
moved = {}
for name, logits_fn in networks.items():
  model = models.as_model(logits_fn)
  moved[name] = jax.jit(lambda key, batch, model=model: pgd(key, batch, model)['image'])(jax.random.key(0), test)
  answers = np.asarray(logits_fn(moved[name])).argmax(-1)
  print(f'{name}: {accuracy(logits_fn, test["image"]):.1%} as they are, {accuracy(logits_fn, moved[name]):.1%} under PGD')
  change = (moved[name][:8] - test['image'][:8]) / 0.2 + 0.5
  show([test['image'][:8], change, moved[name][:8]], [None, None, [f'taken for {k}' for k in answers[:8]]])

# %% [markdown]
# ## Stronger attacks leave less
#
# Each point is what an attack leaves of the clean accuracy at a radius. FGSM is one step; Square sees no gradient.

# %%
kinds = {
  'FGSM': lambda ball, e: attacks.pgd(ball, steps=1, step_size=e, random_start=False),
  'PGD-20': lambda ball, e: attacks.pgd(ball, steps=20, step_size=e / 8),
  'APGD, DLR': lambda ball, e: attacks.apgd(ball, steps=10 if SMOKE else 50, loss='dlr'),
  'Square': lambda ball, e: attacks.square(ball, queries=20 if SMOKE else 500),
}
radii = (0.1,) if SMOKE else (0.025, 0.05, 0.1, 0.15, 0.2)
if SMOKE:
  kinds = {'FGSM': kinds['FGSM']}
left = {}
figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True, dpi=72)
for axis, (name, logits_fn) in zip(axes, networks.items()):
  for kind, make in kinds.items():
    run = lambda e: make(attacks.threat_model('linf', e), e)(jax.random.key(1), test, models.as_model(logits_fn))['image']
    left[name, kind] = [accuracy(logits_fn, jax.jit(run, static_argnums=0)(e)) for e in radii]
    axis.plot((0, *radii), (accuracy(logits_fn, test['image']), *left[name, kind]), marker='o', label=kind)
  axis.set(title=name, xlabel='epsilon, Linf', ylim=(0, 1))
axes[0].set_ylabel('accuracy')
axes[1].legend()
plt.show()

# %% [markdown]
# The headline number is AutoAttack's; `evaluate.judge` gives it for any function, beside PGD and a certificate, and looks for faults of
# the evaluation and signs of masked gradients. (Some minutes: four attacks are compiled.)

# %%
found = {}
if not SMOKE:
  few = data.first(test, 32)
  found = evaluate.judge(
    networks['robust'], few['image'], few['label'], epsilon=0.1, key=jax.random.key(2), certificate='crown', batch_size=32
  )
  for measure in ('clean', 'robust', 'autoattack', 'certified'):
    print(f'{measure}: {found[measure]["accuracy"]["value"]:.1%}')
  print('faults:', found['faults'] or 'none')

# %% [markdown]
# ## What can be certified
#
# A bound that no attack can break: here by CROWN-IBP, which is loose for networks that were not trained for it. Smoothing certifies
# the class that most noisy copies are given, in L2.

# %%
verified = {
  name: [
    float(certify.verified(f, test['image'], test['label'].argmax(-1), e, method='ibp' if SMOKE else 'crown').mean())
    for e in (0.0, 0.005, 0.01)
  ]
  for name, f in networks.items()
}
print('share certified at epsilon 0, .005, .01:', {name: [f'{v:.0%}' for v in values] for name, values in verified.items()})
prediction, radius = certify.smooth(
  networks['robust'], test['image'][:4], sigma=0.1, n0=50, n=200 if SMOKE else 5000, key=jax.random.key(3)
)
for k, r in zip(prediction, radius):
  print('abstains' if k == certify.ABSTAIN else f'class {k} within L2 {r:.3f}')

# %% [markdown]
# ## What the networks look at
#
# The slope of the answer's logit in each pixel. A robust network's slopes follow the strokes.

# %%
rows, shown = [test['image'][:8]], test['label'][:8]
for logits_fn in networks.values():
  rows.append(np.asarray(evaluate.saliency(logits_fn, test['image'][:8], shown)))
show(rows, [None, ['plain'] + [''] * 7, ['robust'] + [''] * 7], scale=0)
complete = evaluate.integrated_gradients(networks['robust'], test['image'][:8], shown, steps=16 if SMOKE else 64)
gap = networks['robust'](test['image'][:8]) - networks['robust'](jnp.zeros_like(test['image'][:8]))
print(
  'integrated gradients add up to',
  np.asarray(complete).sum((1, 2, 3))[:3],
  'the logit rises by',
  np.asarray((gap * shown).sum(-1))[:3],
)

# %% [markdown]
# What held:

# %%
for name, logits_fn in networks.items():
  assert np.abs(moved[name] - test['image']).max() <= 0.1 and 0 <= moved[name].min() and moved[name].max() <= 1
  assert accuracy(logits_fn, moved[name]) <= accuracy(logits_fn, test['image'])
  assert verified[name][0] >= verified[name][1] >= verified[name][2]
if not SMOKE:
  assert accuracy(networks['robust'], moved['robust']) > accuracy(networks['plain'], moved['plain']) + 0.15
  order = [found[measure]['accuracy']['value'] for measure in ('certified', 'autoattack', 'robust', 'clean')]
  assert order == sorted(order) and not found['faults']
