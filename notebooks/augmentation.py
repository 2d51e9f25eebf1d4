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
# # Augmentation
#
# Every augmentation of jaxaug is a pure function `(key, batch, model) -> batch`. This notebook looks at each kind: ops, policies,
# mixing, corruptions, what lies on an image and moves with it, and augmentations that follow a model's loss.
#
# Needs `pip install -e '.[notebooks]'` in a checkout. In Colab, run that in a cell first.

# %%
# %config InlineBackend.figure_formats = ['jpeg']
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import PIL.Image

from jaxaug import augment, data, models, ops, report

photos = report.photographs()  # uint8 [8, 64, 64, 3], cut from scikit-learn's sample photographs
batch = {'image': jnp.asarray(photos / np.float32(255)), 'label': jnp.eye(8), 'id': jnp.arange(8)}


def show(images, titles=None, columns=8):
  """Images in rows of eight."""
  images, rows = np.asarray(images), -(-len(images) // columns)
  figure, axes = plt.subplots(rows, columns, figsize=(1.2 * columns, 1.35 * rows), squeeze=False, dpi=72)
  for i, axis in enumerate(axes.flat):
    axis.axis('off')
    if i < len(images):
      axis.imshow(images[i].squeeze(), cmap='gray', vmin=0, vmax=255 if images.dtype == np.uint8 else 1)
      axis.set_title(titles[i] if titles is not None else '', fontsize=8)
  figure.tight_layout(pad=0.3)
  plt.show()


show(photos)

# %% [markdown]
# ## Ops
#
# An op is `(image, physical value) -> image`, without randomness. On `uint8` it gives Pillow's pixels, bit for bit; on floats it
# can be differentiated in the image and in the value.

# %%
degrees = [-60, -30, -15, 0, 15, 30, 60, 90]
show(jax.vmap(ops.rotate, (None, 0))(photos[0], jnp.array(degrees, jnp.float32)), [f'{d}°' for d in degrees])

theirs = np.asarray(PIL.Image.fromarray(photos[0]).rotate(15))
ours = np.asarray(ops.rotate(photos[0], 15.0))
print('values that differ from Pillow:', int((theirs != ours).sum()), 'of', ours.size)

# %% [markdown]
# The slope of a loss in the angle of a rotation, beside what a small turn really changes:

# %%
loss = lambda angle: jnp.square(ops.rotate(batch['image'][0], angle) - batch['image'][1]).mean()
slope, step = jax.grad(loss)(10.0), 0.02
print(f'gradient {slope:.3e}, difference quotient {(loss(10.0 + step) - loss(10.0 - step)) / (2 * step):.3e}')

# %% [markdown]
# ## Policies
#
# Each image draws its own ops, in one compiled program. `balanced` deals the ops out evenly over the batch, `iid` draws them
# independently. A policy is plain values, and a JSON file.

# %%
for name, policy in {
  'RandAugment(2, 9)': augment.randaugment_policy(2, 9),
  'TrivialAugment': augment.trivialaugment_policy(),
  'AutoAugment, CIFAR-10': augment.autoaugment_policy('cifar10'),
}.items():
  print(name)
  show(augment.apply_policy(jax.random.key(0), photos, policy))

# %% [markdown]
# ## Mixing
#
# Labels are mixed as the pixels were. PuzzleMix follows the model's loss; here the model is a small network without training.

# %%
network = models.create('cnn', 8)
variables = network.init(jax.random.key(0), batch['image'])
model = models.as_model(lambda image: network.apply(variables, image))

for name in ('mixup', 'cutmix', 'gridmix', 'puzzlemix'):
  mixed = jax.jit(lambda key, batch, make=augment.AUGMENTS[name]: make()(key, batch, model))(jax.random.key(3), batch)
  shares = [' '.join(f'{p:.2f}·{k}' for k, p in enumerate(row) if p > 0.005) for row in np.asarray(mixed['label'])]
  print(name)
  show(mixed['image'], shares)

# %% [markdown]
# ## Corruptions
#
# The fifteen of ImageNet-C at the middle of five severities, and fog at all five.


# %%
def corrupted(name, severity, photo):
  change = jax.jit(lambda key, batch: augment.corruption(name, severity, 'imagenet')(key, batch, model))
  return change(jax.random.key(1), {'image': photo[None], 'id': jnp.arange(1)})['image'][0]


show(
  [corrupted(name, 3, photos[1]) for name in augment.CORRUPTIONS], [name.replace('_', ' ') for name in augment.CORRUPTIONS]
)
show([corrupted('fog', severity, photos[1]) for severity in (1, 2, 3, 4, 5)], ['fog 1', '2', '3', '4', '5'])

# %% [markdown]
# ## What lies on an image moves with it
#
# Masks, boxes and keypoints go along; a box that has left the image is flagged.

# %%
boxed = {**batch, 'boxes': jnp.tile(jnp.array([[[12.0, 20.0, 40.0, 50.0]]]), (8, 1, 1))}
moved = augment.policy(augment.randaugment_policy(2, 15))(jax.random.key(5), boxed, model)
figure, axes = plt.subplots(1, 8, figsize=(9.6, 1.35), dpi=72)
for axis, image, (left, top, right, bottom), valid in zip(
  axes, moved['image'], moved['boxes'][:, 0], moved['boxes_valid'][:, 0]
):
  axis.imshow(image)
  axis.axis('off')
  axis.add_patch(
    plt.Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, ec='lime' if valid else 'red')
  )
figure.tight_layout(pad=0.3)
plt.show()

# %% [markdown]
# ## Augmentations that fight back
#
# An attack is an augmentation: it follows `model.loss`. The same holds for a search in the space of policies (of several drawn the
# one with the highest loss is kept) and for the worst rotation and shift.

# %%
mean_loss = lambda batch: float(model.loss(batch).mean())
print(f'untouched: mean loss {mean_loss(batch):.3f}')
for name, settings in {
  'randaugment': {},
  'adversarial_policy': {},
  'spatial_attack': {},
  'adversarial': dict(epsilon=8 / 255, steps=10, step_size=2 / 255),
}.items():
  made = augment.AUGMENTS[name](**settings)
  changed = jax.jit(lambda key, batch, made=made: made(key, batch, model))(jax.random.key(7), batch)
  print(f'{name}: mean loss {mean_loss(changed):.3f}')
  show(changed['image'])

# %% [markdown]
# All of these compose, and a config names them: `augment.names = ('standard', 'randaugment', 'cutmix', 'adversarial')`.

# %%
digits = data.load({'source': 'digits'})
small = data.as_batch({name: values[:8] for name, values in digits.train.items()})
pipeline = augment.create(('standard', 'mixup'), standard=dict(padding=1, flip=False))
show(pipeline(jax.random.key(0), small, None)['image'])
