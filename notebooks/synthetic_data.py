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
# # Synthetic data
#
# Three generators learn scikit-learn's digits, what they draw is looked at and measured, and then the question that matters is asked: does
# a learner get better on untouched real rows if generated ones are added to what it trains on?
#
# Needs `pip install -e '.[notebooks]'` in a checkout. In Colab, run that in a cell first.

# %%
# %config InlineBackend.figure_formats = ['jpeg']
import os
import pathlib
import tempfile

import jax
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine

from jaxaug import augment, data, metrics, synthesize

SMOKE = bool(os.environ.get('JAXAUG_SMOKE'))  # a few steps, to see that every cell runs
folder = pathlib.Path(tempfile.mkdtemp())


def show(rows, titles):
  """Rows of images."""
  figure, axes = plt.subplots(len(rows), len(rows[0]), figsize=(0.8 * len(rows[0]), 0.95 * len(rows)), squeeze=False, dpi=72)
  for line, title, images in zip(axes, titles, rows):
    for axis, image in zip(line, images):
      axis.imshow(np.asarray(image).squeeze(), cmap='gray', vmin=0, vmax=1)
      axis.axis('off')
    line[0].set_title(title, fontsize=8, loc='left')
  figure.tight_layout(pad=0.2)
  plt.show()


# %% [markdown]
# ## Three generators, one `fit`
#
# A generator is three pure functions, `init`, `update` and `sample`. It sees encodings: a codec brings the images to [-1, 1] and back. The check
# that is handed to `fit` keeps some draws, always from the same noise, so that one sees them change while the generator learns.

# %%
splits = data.load(dict(source='digits'))
image, label = splits.train['image'] / np.float32(255), splits.train['label'].astype(np.float32)
codec = synthesize.image_codec((8, 8, 1))
examples = {'encoded': codec.encode(codec.fit(image), image), 'condition': label}
generators = {
  'diffusion': synthesize.edm((8, 8, 1), 10, network='row', width=16 if SMOKE else 128, sigma_data=0.75),
  'GAN': synthesize.gan((8, 8, 1), 10, preset='rows', width=16 if SMOKE else None),
  'VAE': synthesize.vae((8, 8, 1), 10, latent=8),
}
if SMOKE:
  del generators['GAN']
steps = 20 if SMOKE else 2000
classes = np.eye(10, dtype=np.float32)
fitted = {}
for name, generator in generators.items():
  seen = []
  draw = jax.jit(generator.sample)

  def check(state, step, draw=draw, seen=seen):
    seen.append(np.clip(codec.decode({}, draw(state.ema, jax.random.key(1), classes)), 0, 1))
    return {}

  fitted[name] = synthesize.fit(
    generator,
    examples,
    jax.random.key(0),
    steps=steps,
    batch_size=64,
    check_every=steps // 4,
    check=check,
    name=name,
    steps_per_call=5,
  )
  show(seen, [f'{name}, step {row["step"]}' for row in fitted[name].history])

# %% [markdown]
# ## How near are they?
#
# Frechet distance and coverage in the features of a CNN that learnt the train split (so it is FCD, not FID), beside what real test images
# reach, and how often that CNN takes a draw for the class that was asked for.

# %%
asked = np.arange(40 if SMOKE else 400) % 10
extractors = (
  synthesize.fit_extractor(image, label.argmax(1), 10, steps=5 if SMOKE else 400),
  synthesize.random_extractor((8, 8, 1), 10),
)
test, test_label = splits.test['image'] / np.float32(255), splits.test['label'].argmax(1)
drawn, near = {}, {}
for name, generator in generators.items():
  made = jax.jit(generator.sample)(fitted[name].variables, jax.random.key(2), classes[asked])
  drawn[name] = np.clip(codec.decode({}, made), 0, 1)
  near[name] = synthesize.fidelity(extractors, image, test, test_label, drawn[name], asked)
  print(name, {metric: round(value, 3) for metric, value in near[name]['fake'].items()})
print('real test images', {metric: round(value, 3) for metric, value in near[name]['test'].items()})

# %% [markdown]
# ## Between two digits
#
# A VAE has a code for every image. On the way from one code to another its decoder draws what lies between.

# %%
encode, decode = synthesize.vae_codes((8, 8, 1), fitted['VAE'].variables, classes[3], latent=8)
threes = image[label.argmax(1) == 3][:8]
ways = [decode((1 - t) * encode(threes[:4]) + t * encode(threes[4:])) for t in np.linspace(0, 1, 9)]
show(np.stack(ways, 1), [f'pair {n}' for n in range(4)])

# %% [markdown]
# ## A table
#
# `TabularSynthesizer` takes a DataFrame of any columns. Conditions on any of them hold in every row.

# %%
frame = load_wine(as_frame=True).frame
synthesizer = synthesize.TabularSynthesizer('copula').fit(frame, discrete=['target'])
rows = synthesizer.sample(n=200, conditions={'target': 2})
print(rows.describe().round(2).iloc[:3, :5])
print('column shapes', round(float(metrics.column_shapes(frame, synthesizer.sample(n=len(frame))).mean()), 3))

# %% [markdown]
# ## Does it help?
#
# One class has 5 examples where the others have 60; a diffusion that has seen all classes fills it up, and so does every control. The rare class
# takes turns over the seeds. (5 seeds here; the README has 20.) The gate says how many draws it refused and why; the page beside `verdict.json`
# shows them.

# %%
config = dict(
  seeds=2 if SMOKE else 5,
  data=dict(source='digits', test=0.5, validation=0.0, per_class=20 if SMOKE else 60),
  rare=dict(count=5, target=10 if SMOKE else 60),
  generator=dict(name='edm', codec='rows', network='row', width=16 if SMOKE else 128),
  fit=dict(steps=20 if SMOKE else 2000, batch_size=128),
  gate=dict(outside=0.5, **(dict(refused=0.0, candidates=1.0, attempts=1) if SMOKE else {})),
  controls=('class weights',) if SMOKE else ('class weights', 'jitter', 'smote', 'gaussian', 'classic'),
  retrain=dict(learners=('logistic',), metric='recall'),
)
results = synthesize.verdict(config, folder / 'verdict')
print(synthesize.verdict_table(results))

# %% [markdown]
# ## As an augmentation
#
# A trained generator is an augmentation like any other, `(key, batch, model) -> batch`: here a quarter of each batch is drawn anew, of the
# same classes.

# %%
diffusion = generators['diffusion']
sample = lambda key, label: (diffusion.sample(fitted['diffusion'].variables, key, label).clip(-1, 1) + 1) / 2
mixed = augment.synthetic(sample, ratio=0.25)
batch = data.as_batch(data.first(splits.train, 16))
after = jax.jit(lambda key, batch: mixed(key, batch, None))(jax.random.key(3), batch)
replaced = np.asarray(after['id']) == -1
show([batch['image'], after['image']], ['a batch', f'with {replaced.sum()} generated images'])

# %% [markdown]
# What held:

# %%
assert replaced.sum() == 4 and np.array_equal(after['image'][~replaced], batch['image'][~replaced])
assert np.array_equal(after['label'], batch['label'])
assert (rows['target'] == 2).all() and len(rows) == 200
assert results['gate']['drawn'] >= results['gate']['accepted']
assert all(np.isfinite(images).all() for images in drawn.values())
if not SMOKE:
  assert near['diffusion']['fake']['agreement'] > 0.8 and near['diffusion']['fake']['class_coverage'] == 1
  assert results['rows'][0]['against_real']['value'] > 0.1
