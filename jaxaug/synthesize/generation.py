"""The stages that know a generator: training one for each seed, and drawing from them."""

import pathlib
from collections.abc import Callable, Mapping

import jax
import numpy as np

from jaxaug import parallel
from jaxaug.metrics import polynomial_mmd
from jaxaug.synthesize.artifacts import by_path, from_paths
from jaxaug.synthesize.audio_codec import spectrogram_codec, wave_codec
from jaxaug.synthesize.codec import Codec, flat_codec, image_codec, row_codec
from jaxaug.synthesize.edm import edm
from jaxaug.synthesize.fit import fit
from jaxaug.synthesize.frames import between, keep_frames, kept_frames
from jaxaug.synthesize.gan import gan
from jaxaug.synthesize.generator import Generator, evaluated
from jaxaug.synthesize.joint import joint
from jaxaug.synthesize.latent_codec import latent_codec
from jaxaug.synthesize.series_codec import series_codec
from jaxaug.synthesize.stages import check_unseen
from jaxaug.synthesize.vae import vae
from jaxaug.synthesize.watch import watch
from jaxaug.types import InputError, Key, call, check_name

GENERATORS = {'edm': edm, 'gan': gan, 'joint': joint, 'vae': vae}
CODECS = {'rows': flat_codec, 'latent': latent_codec, 'wave': wave_codec, 'spectrogram': spectrogram_codec}
OF_KIND = {'latent': 'image', 'wave': 'series', 'spectrogram': 'series'}
MOST = 10  # classes that draws go between
SHOWN = 'shown/'  # leads the names of what is there to be looked at
LEARNT = 'codec/'  # leads the names of what a codec learnt, beside those of the generator's leaves
CHECKS = 2**29  # fold_in(key, CHECKS): the stream of draws that choose a checkpoint
BETWEEN = 2**28  # fold_in(key, BETWEEN): the stream of draws between classes


def codec_of(kind: str, shape: tuple[int, ...], section: str | Mapping = '') -> Codec:
  """How a generator sees data of this kind.

  Args:
    kind: of `jaxaug.data.MODALITIES`.
    shape: of one example.
    section: a name, or `name` and the keywords of its factory: 'rows' for entries that are standardised one by one, whatever they are of;
      'latent' for images as codes of a VAE; 'wave' and 'spectrogram' for sound; '' takes what the kind is best known by.

  Returns:
    Codec.

  Raises:
    InputError: an unknown name or field, a codec of another kind of data.
  """
  given = {'name': section} if isinstance(section, str) else dict(section)
  name = given.pop('name', '')
  check_name(name, ('', *CODECS), 'generator.codec')
  if OF_KIND.get(name, kind) != kind:
    raise InputError(f'generator.codec: {name!r} is for data of kind {OF_KIND[name]!r}, these are of kind {kind!r}')
  if name:
    return call(CODECS[name], given, f'generator.codec ({name})', shape)
  return image_codec(shape) if kind == 'image' else series_codec() if kind == 'series' else row_codec()


def make_generator(section: Mapping, shape: tuple[int, ...], classes: int) -> Generator:
  """A generator from its config.

  Args:
    section: `config.generator`: `name`, `codec` and the keywords of the factory.
    shape: of one encoded example.
    classes: K.

  Returns:
    Generator.

  Raises:
    InputError: an unknown name or field.
  """
  given = dict(section)
  name = given.pop('name', 'edm')
  given.pop('codec', '')  # of `codec_of`
  check_name(name, GENERATORS, 'generator.name')
  return call(GENERATORS[name], {'num_classes': classes, **given}, f'generator ({name})', shape)


def train(
  parts: Mapping, about: Mapping, section: Mapping, settings: Mapping, seed: int, folder: str, detectors: Mapping = {}
) -> tuple[dict, dict]:
  """Trains a generator for each seed, on its train split alone; a validation slice of train, if there is one, chooses the checkpoint.

  At every check the detectors look at draws, as `watch` says.

  Args:
    parts: of `split`.
    about: of `split`.
    section: `config.generator`.
    settings: `config.fit`.
    seed: of the weights and draws; seed s uses fold_in(key(seed), s).
    folder: for checkpoints and draws; '' keeps none.
    detectors: of `detectors.DEFAULTS`.

  Returns:
    (what the codec learnt and the leaves of the variables by path, each [S, ...], and draws of the first seed to be looked at; {'history', 'rollbacks', 'warnings', 'collapsed' [S]
    bool, 'step'}).
  """
  seeds = len(parts['train_id'])
  for s in range(seeds):
    check_unseen(parts['train_id'][s], parts['test_id'][s], 'fit')
  codec = codec_of(about['kind'], parts['train_rows'].shape[2:], section.get('codec', ''))
  learnt = [codec.fit(rows) for rows in parts['train_rows']]
  encoded = np.stack([codec.encode(one, rows) for one, rows in zip(learnt, parts['train_rows'])])
  one_hot = np.eye(len(about['classes']), dtype=np.float32)
  condition, held_out = one_hot[parts['train_label']], None
  generator = make_generator(section, encoded.shape[2:], condition.shape[-1])
  keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(seed), np.arange(seeds))
  examples = {'encoded': encoded, 'condition': condition}
  checks = []
  if parts['validation_id'].shape[1] > 1:
    rows = np.stack([codec.encode(one, rows) for one, rows in zip(learnt, parts['validation_rows'])])
    held_out = {'encoded': rows, 'condition': one_hot[parts['validation_label']]}
    checks.append(_nearness(generator, *held_out.values(), seed))
  decode = lambda s, made: codec.decode(learnt[s], made)
  frames = folder and pathlib.Path(folder) / 'frames'
  names = about['classes']
  seen = dict(decode=decode, names=names, settings=detectors, seed=seed, show=keep_frames(frames) if folder else None)
  grouped = examples | ({'group': parts['train_group']} if 'train_group' in parts else {})
  checks.append(watch(generator, grouped, validation=held_out, **seen))
  check = lambda state, step: {field: values for one in checks for field, values in one(state, step).items()}
  found = fit(generator, examples, keys, folder=folder, name=section.get('name', 'edm'), check=check, **settings)
  held = {f'{LEARNT}{name}': np.stack([np.asarray(one[name]) for one in learnt]) for name in learnt[0]}
  frames = kept_frames(frames, [row['step'] for row in found.history]) if folder else {}
  classes = np.unique(parts['train_label'][0])[:MOST]
  if about['kind'] == 'image' and len(classes) > 1:
    first = jax.tree.map(lambda a: a[0], found.variables)
    path = between(generator, first, jax.random.fold_in(jax.random.key(seed), BETWEEN), classes, len(about['classes']))
    frames['between'] = np.stack([decode(0, made) for made in path])
  held |= {f'{SHOWN}{name}': a for name, a in frames.items()}
  held |= {f'{SHOWN}classes': frames.get('classes', classes), f'{SHOWN}ends': classes}
  about = {'history': found.history, 'rollbacks': found.rollbacks, 'step': found.step}
  about |= {'warnings': found.warnings, 'collapsed': found.collapsed}
  return held | by_path(found.variables), about


def _nearness(generator: Generator, encoded: np.ndarray, condition: np.ndarray, seed: int) -> Callable:
  """A check of `fit`: minus the kernel distance between validation rows and as many draws of their classes, always the same draws."""
  run = parallel.every_seed(generator.sample)
  keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.fold_in(jax.random.key(seed), CHECKS), np.arange(len(encoded)))
  flat = lambda rows: np.nan_to_num(np.asarray(rows, np.float64)).reshape(len(rows), -1)

  def check(state, step):
    made = run(evaluated(state), jax.random.clone(keys), condition)
    return {'score': np.array([-polynomial_mmd(flat(real), flat(rows)) for real, rows in zip(encoded, made)])}

  return check


def sampler(parts: Mapping, about: Mapping, section: Mapping, variables: Mapping) -> Callable:
  """How the trained generators draw; compiled once for all attempts.

  Args:
    parts, about: of `split`.
    section: `config.generator`.
    variables: of `train`.

  Returns:
    Function of (asked [S, M] int classes, key of the attempt) -> (rows [S, M, ...] float32, decoded and not yet clipped to what train has;
    bool [S, M], whether they are valid by the codec).
  """
  codec = codec_of(about['kind'], parts['train_rows'].shape[2:], section.get('codec', ''))
  seeds = range(len(parts['train_rows']))
  learnt = [{name[len(LEARNT) :]: a[s] for name, a in variables.items() if name.startswith(LEARNT)} for s in seeds]
  shape = codec.encode(learnt[0], parts['train_rows'][0][:1]).shape[1:]
  generator = make_generator(section, shape, len(about['classes']))
  form = jax.eval_shape(lambda: generator.init(jax.random.key(0)).ema)
  held = from_paths(form, variables)
  run = parallel.every_seed(generator.sample)

  def draw(asked: np.ndarray, key: Key) -> tuple[np.ndarray, np.ndarray]:
    condition = np.eye(len(about['classes']), dtype=np.float32)[asked]
    keys = jax.vmap(jax.random.fold_in, (None, 0))(key, np.arange(len(asked)))
    rows = [codec.decode(one, made) for one, made in zip(learnt, np.asarray(run(held, keys, condition)))]
    return np.stack(rows), np.stack([codec.valid(one, made) for one, made in zip(learnt, rows)])

  return draw
