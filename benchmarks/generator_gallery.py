"""Every generator trained for seconds to minutes, and what each draws beside real rows, on one page to be looked at.

python -m benchmarks.generator_gallery --workdir=runs/generators

trains those whose file is not in the workdir yet (`--only=VAE,DCGAN` some of them) and writes `generators.html` there, and
`benchmarks/results/generator_gallery.json`: steps, seconds, and of classes the share of draws that a classifier of the train split takes
for what was asked, beside the share of held-out real rows that it takes for theirs; of images the median distance between draws of a
class over that between real rows of it, so that it is seen where all draws of a class are alike. Real rows are of the train split.
"""

import functools
import json
import os
import pathlib
import time
from collections.abc import Callable

import jax
import numpy as np
from absl import app, flags
from scipy.spatial.distance import pdist
from sklearn.datasets import load_wine

from benchmarks import timing
from jaxaug import data, parallel, report, synthesize, tracking
from jaxaug.synthesize.audio_codec import spectrogram_codec, spectrum, wave_codec
from jaxaug.synthesize.codec import Codec, flat_codec, image_codec
from jaxaug.synthesize.frames import between
from jaxaug.synthesize.generator import Generator, evaluated
from jaxaug.synthesize.latent_codec import latent_codec
from jaxaug.synthesize.learners import fit_learner
from jaxaug.synthesize.series_codec import series_codec
from jaxaug.types import check_name

WORKDIR = flags.DEFINE_string('workdir', 'runs/generators', 'Folder of the draws and the page.')
ONLY = flags.DEFINE_list('only', [], 'Names of ENTRIES; all without it.')
SCALE = flags.DEFINE_float('scale', 1.0, 'How many times the steps of ENTRIES.', lower_bound=0)
EACH, LOOKS = 8, 6  # draws of a class shown, pictures of training
ASKED = 40  # draws of a class that the classifier is asked about
TINY = dict(weights='he', norm='none')  # for 8 x 8; with its own, draws of a class come out nearly alike
PATH = timing.RESULTS / 'generator_gallery.json'
SOURCES = {
  'digits': dict(source='digits', validation=0.0, test=0.2),
  'fashion': dict(source='fashion_mnist', validation=0.0),
  'small fashion': dict(source='fashion_mnist', validation=0.0),  # 14 x 14
  'speakers': dict(source='japanese_vowels', validation=0.0),
  'tones': dict(source='tones', validation=0.0),
}


@functools.cache
def real_rows(source: str) -> dict:
  """float32 rows and classes of train and test, the names of the classes and the kind."""
  splits = data.load(SOURCES[source], tuple(data.MODALITIES))
  kind = data.modality(splits.train)
  found = {'names': splits.info.class_names, 'kind': 'sound' if source == 'tones' else kind}
  for part in ('train', 'test'):
    held = getattr(splits, part)
    rows = np.asarray(held[kind])
    rows = (rows / np.float32(255) if rows.dtype == np.uint8 else rows).astype(np.float32)
    if source == 'small fashion':
      rows = rows.reshape(-1, 14, 2, 14, 2, 1).mean((2, 4))
    found |= {part: rows, f'{part}_label': held['label'].argmax(-1)}
  return found


def seen(source: str, rows: np.ndarray) -> np.ndarray:
  """[N, D] as the classifier takes rows: of a sound, its loudest frequency."""
  if source == 'tones':
    return np.log2(np.maximum(data.loudest(np.nan_to_num(rows)), 1))[:, None]
  return np.nan_to_num(rows).reshape(len(rows), -1)


def loudness(sounds: np.ndarray) -> np.ndarray:
  """Sounds [K, n, T, 1] as pictures [K, n, F, J, 1]: -1 at 40 dB below the loudest entry of each, 1 there."""
  magnitude = np.abs(spectrum(np.nan_to_num(sounds).reshape(-1, sounds.shape[2]), 128, 32))
  level = 20 * np.log10(magnitude / np.maximum(magnitude.max((1, 2), keepdims=True), 1e-9) + 1e-9)
  return np.clip(1 + level / 20, -1, 1).swapaxes(1, 2).reshape(*sounds.shape[:2], 65, -1, 1)


@functools.cache
def classifier(source: str):
  """(a classifier of the train split, the share of held-out rows that it takes for theirs)."""
  real = real_rows(source)
  some = slice(None, 5000)  # in chance order
  learner = fit_learner('logistic', seen(source, real['train'][some]), real['train_label'][some], 0)
  return learner, float((learner.predict(seen(source, real['test'])) == real['test_label']).mean())


def trained(source: str, codec: Codec, generator: Generator, steps: int, *, keep=None, labels: bool = True, **given) -> dict:
  """Trains one generator on a train split and draws from it.

  Args:
    source: of SOURCES.
    codec: of its rows.
    generator: of the encodings.
    steps: of training.
    keep: numbers of the train rows that are learnt from, for the codec as well; None takes all.
    labels: whether it is told classes.
    given: to `fit`.

  Returns:
    'real', 'made' [K, EACH, ...], 'steps' [F], 'growth' [F, K, 3, ...], 'names' [K], for images 'between' [K, n, ...]; 'about', and what was
    learnt: 'learnt', 'variables'.
  """
  real = real_rows(source)
  rows = np.arange(len(real['train'])) if keep is None else keep
  names = real['names'] if labels else ('any',)
  start = time.perf_counter()
  learnt, label = codec.fit(real['train'][rows]), real['train_label'][rows] if labels else np.zeros(len(rows), int)
  eye = np.eye(len(names), dtype=np.float32)[:, : len(names) if labels else 0]
  examples = {'encoded': codec.encode(learnt, real['train'][rows]), 'condition': eye[label]}
  asked, frames, watched = np.repeat(np.arange(len(names)), ASKED), [], given.pop('check', None)
  draw = jax.jit(lambda variables, key: generator.sample(variables, key, eye[asked]))
  decoded = lambda variables: codec.decode(learnt, np.asarray(draw(variables, jax.random.key(1))))
  each = lambda made, n: made.reshape(len(names), ASKED, *made.shape[1:])[:, :n]

  def check(state, step):
    if real['kind'] == 'image':
      frames.append((step, each(decoded(evaluated(state)), 3)))
    return watched(state, step) if watched else {}

  found = synthesize.fit(
    generator, examples, jax.random.key(0), steps=steps, check_every=-(-steps // LOOKS), check=check, **given
  )
  about = {'steps': steps, 'seconds': round(time.perf_counter() - start, 1)}
  made = decoded(found.variables)
  few = lambda n: [np.flatnonzero(real['train_label'] == k)[:n] for k in range(len(names))] if labels else [rows[:n]]
  some = lambda n: np.stack([real['train'][numbers] for numbers in few(n)])
  shown = {'real': some(EACH), 'made': each(made, EACH), 'names': np.array(names)}
  if frames:
    shown |= {'steps': np.array([step for step, _ in frames]), 'growth': np.stack([frame for _, frame in frames])}
  if labels:
    learner, right = classifier(source)
    about |= {'agreement': float((learner.predict(seen(source, made)) == asked).mean()), 'real_agreement': right}
  if real['kind'] == 'sound':
    shown |= {f'{name}_spectra': loudness(shown[name]) for name in ('real', 'made')}
  if real['kind'] == 'image':
    about['spread'] = apart(each(made, ASKED)) / apart(some(ASKED))
  if labels and real['kind'] == 'image':
    path = between(generator, found.variables, jax.random.key(2), np.arange(len(names)), len(names))
    shown['between'] = np.stack([codec.decode(learnt, made) for made in path])
  return shown | {'about': about | {'kind': real['kind'], 'data': source}, 'learnt': learnt, 'variables': found.variables}


def apart(rows: np.ndarray) -> float:
  """Median distance between rows of a class [K, n, ...], median over classes."""
  return float(np.median([np.median(pdist(one.reshape(len(one), -1))) for one in rows]))


def image_gan(preset: str, steps: int, source: str = 'digits', labels: bool = True, **settings) -> Callable[[float], dict]:
  """A preset of `gan` on images."""

  def make(scale: float) -> dict:
    real = real_rows(source)
    generator = synthesize.gan(real['train'].shape[1:], labels * len(real['names']), preset=preset, **settings)
    return trained(
      source, image_codec(real['train'].shape[1:]), generator, scaled(steps, scale), labels=labels, batch_size=64
    )

  return make


def scaled(steps: int, scale: float) -> int:
  """Steps of an entry, at least one for each picture."""
  return max(LOOKS, round(steps * scale))


def stylegan2(scale: float) -> dict:
  """Besides: the coarse styles of each class (down) with the fine ones of each (across), all of one latent."""
  shown = image_gan('stylegan2', 6000, 'fashion')(scale)
  shape, eye = shown['real'].shape[2:], np.eye(10, dtype=np.float32)
  mix, key = synthesize.stylegan2_mix(shape), jax.random.key(3)
  one = lambda coarse, fine: mix(shown['variables'], jax.random.clone(key), coarse[None], fine[None])[0]
  down, across = np.repeat(eye, 10, 0), np.tile(eye, (10, 1))
  made = np.asarray(jax.jit(jax.vmap(one))(down, across))
  return shown | {'styles': image_codec(shape).decode({}, made).reshape(10, 10, *shape)}


def vae(scale: float) -> dict:
  shape = real_rows('digits')['train'].shape[1:]
  return trained('digits', image_codec(shape), synthesize.vae(shape, 10, beta=0.2), scaled(3000, scale), batch_size=128)


def edm_rows(scale: float) -> dict:
  codec = flat_codec(real_rows('digits')['train'].shape[1:])
  generator = synthesize.edm((64,), 10, width=256, depth=3)
  return trained('digits', codec, generator, scaled(6000, scale), batch_size=128)


def edm_pixels(scale: float) -> dict:
  shape = real_rows('digits')['train'].shape[1:]
  return trained(
    'digits', image_codec(shape), synthesize.edm(shape, 10, sigma_data=0.75), scaled(4000, scale), batch_size=64
  )


def edm_latent(scale: float) -> dict:
  codec = latent_codec((28, 28, 1), code=32, steps=scaled(2000, scale))
  generator = synthesize.edm((32,), 10, width=256, depth=3)
  return trained('fashion', codec, generator, scaled(6000, scale), batch_size=128, keep=np.arange(10_000))


def joint(scale: float) -> dict:
  shape = real_rows('digits')['train'].shape[1:]
  return trained('digits', image_codec(shape), synthesize.joint(shape, 10, gan=TINY), scaled(3000, scale), batch_size=64)


def lora(scale: float) -> dict:
  """Nines, learnt from ten of them by a diffusion that knows the other digits."""
  real, codec = real_rows('digits'), flat_codec((8, 8, 1))
  generator = synthesize.edm((64,), 10, width=256, depth=3)
  before = np.flatnonzero(real['train_label'] != 9)
  known = trained('digits', codec, generator, scaled(6000, scale), keep=before, batch_size=128)
  few = np.flatnonzero(real['train_label'] == 9)[:10]
  frozen = codec._replace(fit=lambda rows: known['learnt'])
  adapted = synthesize.lora(generator, known['variables'], rank=4)
  shown = trained('digits', frozen, adapted, scaled(200, scale), keep=few, batch_size=64)
  shown['about']['seconds'] += known['about']['seconds']
  return shown


def private(scale: float) -> dict:
  """Epsilon 10 on 60,000 images of 14 x 14."""
  steps, rows, size, batches = scaled(1500, scale), len(real_rows('small fashion')['train']), 300, 3
  noise = synthesize.dp_noise(10.0, size / rows, steps * batches, 1e-5)
  mechanism = synthesize.Mechanism(rows=rows, batch_size=size, noise=noise, delta=1e-5, batches=batches)
  settings = dict(preset='vanilla', width=64, learning_rate=1e-3)
  generator = synthesize.dp_gan((14, 14, 1), 10, mechanism=mechanism, settings=settings)
  given = dict(draw=synthesize.poisson_rows(mechanism), check=synthesize.spending(mechanism))
  return trained(
    'small fashion', image_codec((14, 14, 1)), generator, steps, batch_size=synthesize.padded_size(mechanism), **given
  )


def series(name: str, steps: int) -> Callable[[float], dict]:
  """Two Japanese vowels as nine speakers say them, each as long as it is."""

  def make(scale: float) -> dict:
    real, codec = real_rows('speakers'), series_codec()
    shape = real['train'].shape[1], real['train'].shape[2] + 1
    settings = dict(preset='series') if name == 'gan' else {}
    generator = getattr(synthesize, name)(shape, len(real['names']), lengths=True, **settings)
    return trained('speakers', codec, generator, scaled(steps, scale), batch_size=64)

  return make


def wavegan(scale: float) -> dict:
  shape = real_rows('tones')['train'].shape[1:]
  return trained('tones', wave_codec(shape), synthesize.gan(shape, 4, preset='wavegan'), scaled(3000, scale), batch_size=64)


def spectrogram(scale: float) -> dict:
  codec = spectrogram_codec(real_rows('tones')['train'].shape[1:])
  return trained('tones', codec, synthesize.edm((64, 32, 1), 4, sigma_data=0.75), scaled(4000, scale), batch_size=32)


def table(model: str) -> Callable[[float], dict]:
  """178 Italian wines of three kinds, 13 measured columns."""

  def make(scale: float) -> dict:
    given = load_wine(as_frame=True)
    frame = given.frame.astype({'target': str})
    learner = fit_learner('logistic', given.data.to_numpy(), frame['target'].to_numpy(), 0)
    start = time.perf_counter()
    front = synthesize.TabularSynthesizer(model, steps=None if model == 'copula' else scaled(3000, scale)).fit(
      frame, discrete=['target']
    )
    seconds = time.perf_counter() - start
    made = front.sample(600)
    right = (learner.predict(made[given.data.columns].to_numpy()) == made['target'].to_numpy()).mean()
    columns = ['alcohol', 'color_intensity']
    shown = {'names': np.array(given.target_names), 'columns': np.array([name.replace('_', ' ') for name in columns])}
    for name, rows in (('real', frame), ('made', made)):
      shown |= {name: rows[columns].to_numpy(np.float32), f'{name}_label': rows['target'].to_numpy().astype(int)}
    about = {'seconds': round(seconds, 1), 'agreement': float(right), 'kind': 'table', 'data': 'wine'}
    return shown | {'about': about | {'steps': 0 if model == 'copula' else scaled(3000, scale)}}

  return make


ENTRIES: dict[str, Callable[[float], dict]] = {
  'GAN of perceptrons': image_gan('vanilla', 6000),
  'DCGAN': image_gan('dcgan', 3000),
  'WGAN (clipped)': image_gan('wgan', 4000),
  'WGAN-GP': image_gan('wgan_gp', 3000),
  'SN-GAN (hinge)': image_gan('sngan', 2000),
  'StyleGAN2 with ADA (Fashion-MNIST)': stylegan2,
  'projection GAN': image_gan('projection', 4000, **TINY),
  'projection GAN with DiffAugment': image_gan('projection', 4000, augment='diffaugment', **TINY),
  'projection GAN without classes': image_gan('projection', 4000, labels=False, **TINY),
  'projection GAN (Fashion-MNIST)': image_gan('projection', 3000, 'fashion'),
  'VAE': vae,
  'diffusion of rows': edm_rows,
  'diffusion of pixels': edm_pixels,
  'latent diffusion (Fashion-MNIST)': edm_latent,
  'GAN against a classifier': joint,
  'diffusion taught nines by LoRA': lora,
  'private GAN (epsilon 10)': private,
  'series (WGAN-GP)': series('gan', 3000),
  'series (diffusion)': series('edm', 4000),
  'sound (WaveGAN)': wavegan,
  'sound (diffusion of spectrograms)': spectrogram,
  'table (copula)': table('copula'),
  'table (CTGAN)': table('ctgan'),
  'table (TVAE)': table('tvae'),
  'table (diffusion)': table('diffusion'),
}


def main(_):
  parallel.initialize(1)
  folder, found = pathlib.Path(WORKDIR.value), {}
  for name in ONLY.value:
    check_name(name, ENTRIES, '--only')
  for name, make in ENTRIES.items():
    path = folder / 'draws' / f'{name}.npz'
    if not path.exists() and (not ONLY.value or name in ONLY.value):
      tracking.say(f'{name} ...')
      shown = make(SCALE.value)
      path.parent.mkdir(parents=True, exist_ok=True)
      arrays = {field: value for field, value in shown.items() if field not in ('about', 'learnt', 'variables')}
      about = shown['about'] | {'scale': SCALE.value}
      partial = path.with_suffix('.partial')
      with open(partial, 'wb') as file:
        np.savez_compressed(file, **arrays, about=json.dumps(about))
      os.replace(partial, path)
      jax.clear_caches()
    if path.exists():
      with np.load(path) as stored:
        found[name] = json.loads(str(stored['about']))
  if len(found) == len(ENTRIES) and all(about.get('scale', 1) == 1 for about in found.values()):
    tracking.write_json(PATH, {'entries': found, 'provenance': tracking.provenance(0)})
  print(f'page: {report.write_generators(folder, tuple(ENTRIES))}')


if __name__ == '__main__':
  app.run(main)
