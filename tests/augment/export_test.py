"""What another library is given is what jaxaug draws; where that is installed, its pixels are those of `jaxaug.ops`."""

import ast
import json

import jax
import numpy as np
import pytest

from jaxaug import augment
from jaxaug.augment import Policy, Step, export_policy
from jaxaug.augment.export import LACKS
from jaxaug.augment.export_albumentations import write_albumentations
from jaxaug.augment.export_torchvision import write_torchvision
from jaxaug.augment.policies import FOURTEEN
from jaxaug.augment.space import FUNCTIONS
from jaxaug.types import InputError

LIBRARIES = ('torchvision', 'albumentations', 'timm')
IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)


def one(name, magnitude=0.5, source='torchvision', **fields):
  return Policy(((Step((name,), 1.0, magnitude, magnitude)._replace(**fields),),), source)


def table_of(text):
  """The POLICY of a module for torchvision."""
  return next(
    ast.literal_eval(node.value)
    for node in ast.parse(text).body
    if isinstance(node, ast.Assign) and node.targets[0].id == 'POLICY'
  )


@pytest.mark.parametrize(
  'policy',
  (
    augment.trivialaugment_policy(),
    augment.trivialaugment_policy(source='torchvision_wide'),
    augment.trivialaugment_policy(wide=False),
    augment.randaugment_policy(1, 7, 'tpu'),
  ),
)
def test_values_are_those_that_are_drawn(policy):
  exported = dict(table_of(export_policy(policy, 'torchvision', side=32))[0][0][1])
  draws, names = augment.draw(jax.random.key(0), 10_000, policy, 32), augment.op_names(policy)
  assert set(exported) == set(names)
  for i, name in enumerate(names):
    drawn = np.unique(np.asarray(draws.value[0])[np.asarray(draws.op[0]) == i])
    assert np.allclose(drawn, np.unique(np.array(exported[name], np.float32)), rtol=1e-6), name


def test_a_range_is_a_pair_for_each_sign():
  policy = one('Rotate', low=0.2, high=0.4)
  ((_, ((name, values),)),) = table_of(export_policy(policy, 'torchvision'))[0]
  assert name == 'Rotate' and np.allclose(values, [(6, 12), (-6, -12)])
  policy = one('Invert', low=0.2, high=0.4)
  assert table_of(export_policy(policy, 'torchvision')) == [[(1.0, [('Invert', [0.0])])]]


@pytest.mark.parametrize('source, whole', (('autoaugment', False), ('torchvision', True), ('augmix', True)))
def test_without_a_side_translations_are_shares_of_the_width(source, whole):
  policy = one('TranslateX', 0.37, source)
  text = export_policy(policy, 'torchvision')
  ((_, ((name, (share, _)),)),) = table_of(text)[0]
  assert name == 'TranslateXRel' and f'\nWHOLE = {whole}\n' in text
  for side in (30, 32, 75, 224, 331):
    ((_, ((name, (pixels, _)),)),) = table_of(export_policy(policy, 'torchvision', side))[0]
    assert name == 'TranslateX' and (int(share * side + 1e-3) == pixels if whole else np.isclose(share * side, pixels))
  assert 'Rel' not in str(table_of(export_policy(one('TranslateX', source='tpu'), 'torchvision')))


@pytest.mark.parametrize('library', LIBRARIES)
@pytest.mark.parametrize(
  'policy, message',
  (
    (one('SamplePairing'), r'policy.sub_policies\[0\]\[0\].ops: {0} has no SamplePairing'),
    (one('Rotat'), 'Rotat'),
    (one('Posterize', low=0.0, high=1.0, source='augmix'), r'sub_policies\[0\]\[0\].levels: 0 draws Posterize'),
  ),
)
def test_what_no_library_has_is_refused_by_name(library, policy, message):
  with pytest.raises(InputError, match=message.format(library)):
    export_policy(policy, library)


@pytest.mark.parametrize(
  'library, policy, message',
  (
    (
      'albumentations',
      augment.randaugment_policy(),
      r'\[0\].ops: albumentations has no Sharpness .*AutoContrast .*Equalize ',
    ),
    ('albumentations', one('SolarizeAdd'), 'SolarizeAdd'),
    ('albumentations', one('Rotate', low=0.0), r'levels: 0 draws Rotate from a range, which albumentations cannot'),
    ('albumentations', one('Cutout', source='autoaugment'), 'side: must be given, Cutout'),
    ('timm', one('Cutout', source='tpu'), 'timm has no Cutout'),
    ('timm', one('Rotate', low=0.0), r'levels: 0 draws Rotate from a range, which timm cannot'),
    ('timm', augment.trivialaugment_policy(), r'ops: timm has Brightness from 0.1 up, not 0.01'),
  ),
)
def test_what_a_library_lacks_is_refused_by_name(library, policy, message):
  with pytest.raises(InputError, match=message):
    export_policy(policy, library)


def test_bad_arguments_are_named():
  with pytest.raises(InputError, match="library: 'tim' is unknown. Did you mean 'timm'"):
    export_policy(one('Invert'), 'tim')
  for side in (0, 2.5, True):
    with pytest.raises(InputError, match=f'side: {side}'):
      export_policy(one('Invert'), 'timm', side)


def runner(library, text):
  """uint8 [H, W, C] -> the same, by the library itself."""
  if library == 'albumentations':
    albumentations = pytest.importorskip('albumentations')
    pipeline = albumentations.from_dict(json.loads(text))
    pipeline.set_random_seed(0)
    assert pipeline.to_dict()['transform']['transforms']
    return lambda image: pipeline(image=image.copy())['image']
  from PIL import Image

  if library == 'timm':
    timm = pytest.importorskip('timm.data.auto_augment')
    one_run = timm.AutoAugment([[timm.AugmentOp(*op) for op in ops] for ops in json.loads(text)])
  else:
    pytest.importorskip('torchvision')
    import torch

    torch.manual_seed(0)
    module = {}
    exec(compile(text, 'policy.py', 'exec'), module)
    one_run = module['build']()
  if library == 'torchvision, tensors':
    return lambda image: one_run(torch.from_numpy(image.copy()).permute(2, 0, 1)).permute(1, 2, 0).numpy()
  return lambda image: np.asarray(one_run(Image.fromarray(image)))


def nearest_of(done, policy, places=((0.0, 0.0),)):
  """Share of values that differ from the nearest outcome of jaxaug, and by how much."""
  ((step,),) = policy.sub_policies
  spec = augment.space(policy.source)[step.ops[0]]
  errors = []
  for sign in (1, -1) if spec.signed else (1,):
    value = np.float32(spec.value_at(np.float32(sign * step.low), done.shape[1]))
    for place in places:
      ours = np.asarray(spec.fn(IMAGE, value, np.array(place, np.float32), IMAGE))
      errors.append(np.abs(done.astype(int) - ours))
  best = min(errors, key=lambda error: error.mean())
  return (best > 0).mean(), best.max()


CASES = (
  *((name, 'torchvision', 0.3) for name in FOURTEEN),
  *((name, 'autoaugment', 0.9) for name in (*FOURTEEN, 'SolarizeAdd', 'Invert')),
  *((name, 'research', 1.0) for name in ('Posterize', 'Solarize', 'TranslateX')),
  *((name, 'autoaugment', 0.0) for name in ('Posterize', 'Solarize', 'Rotate')),
)
ALLOWED = {  # (share of values that may differ, by how much)
  ('torchvision, tensors', 'AutoContrast'): (0.2, 1),
  ('torchvision, tensors', 'Color'): (1, 1),
  ('torchvision, tensors', 'Contrast'): (1, 1),
  ('torchvision, tensors', 'Rotate'): (2e-3, 255),
  ('torchvision, tensors', 'Sharpness'): (2e-3, 1),
  ('albumentations', 'Color'): (1, 2),
  ('albumentations', 'Contrast'): (1, 1),
  ('albumentations', 'Rotate'): (2e-3, 255),
  ('albumentations', 'ShearX'): (0.5, 255),  # of noise, by half a pixel
  ('albumentations', 'ShearY'): (0.5, 255),
}


@pytest.mark.parametrize(
  'library, name, source, magnitude',
  (
    (library, *case)
    for library in ('torchvision', 'torchvision, tensors', 'albumentations', 'timm')
    for case in CASES
    if case[0] not in LACKS[library.split(',')[0]] and (library, *case) != ('timm', 'Posterize', 'research', 1.0)
  ),
)
def test_pixels_are_those_of_ops(library, name, source, magnitude):
  policy = one(name, magnitude, source)
  run = runner(library, export_policy(policy, library.split(',')[0], side=32))
  for _ in range(4):
    done = run(IMAGE)
    assert done.shape == IMAGE.shape and done.dtype == np.uint8
    share, most = nearest_of(done, policy)
    most_share, most_error = ALLOWED.get((library, name), (0, 0))
    assert share <= most_share and most <= most_error, (share, most)


@pytest.mark.parametrize('library', ('torchvision', 'torchvision, tensors', 'albumentations'))
@pytest.mark.parametrize(
  'name, value', (('TranslateX', 5), ('TranslateY', 5), ('ShearX', 0.25), ('ShearY', 0.25), ('Rotate', 20))
)
def test_each_sign_is_that_of_ops(library, name, value):
  for signed in (value, -value):
    plan = [[(1.0, [(name, (float(signed),), ())])]]
    text = write_albumentations(plan, 32) if library == 'albumentations' else write_torchvision(plan, True)
    ours = np.asarray(FUNCTIONS[name](IMAGE, np.float32(signed), np.zeros(2, np.float32), IMAGE))
    assert (runner(library, text)(IMAGE) != ours).mean() <= (2e-3 if name == 'Rotate' and library != 'torchvision' else 0)


@pytest.mark.parametrize('library', ('torchvision', 'torchvision, tensors', 'albumentations'))
def test_cutout_is_one_of_all_places(library):
  policy, seen = one('Cutout', 1.0, 'autoaugment'), set()
  run = runner(library, export_policy(policy, library.split(',')[0], side=32))
  for _ in range(200):
    rows, columns = np.nonzero((run(np.full_like(IMAGE, 9)) == 0).all(-1))
    seen.add((rows.min(), rows.max() + 1, columns.min(), columns.max() + 1))
  tops, bottoms, lefts, rights = (np.array(side) for side in zip(*seen))
  for low, high in ((tops, bottoms), (lefts, rights)):
    assert ((high - low == 6) | (low == 0) & (high - low >= 3) | (high == 32) & (high - low >= 4)).all()
    assert low.min() == 0 and high.max() == 32 and (high - low).min() < 6


@pytest.mark.parametrize('library', LIBRARIES)
def test_both_signs_and_probabilities_are_drawn(library):
  policy = Policy(((Step(('TranslateX', 'Invert'), 0.5),), (Step(('Invert',)),)), 'research')  # by 10 pixels
  flat = np.arange(1, 33, dtype=np.uint8)[None, :, None] * np.ones((32, 1, 3), np.uint8)
  run, counts = runner(library, export_policy(policy, library)), {'left': 0, 'right': 0, 'invert': 0, 'as it was': 0}
  for _ in range(600):
    first, last = run(flat)[0, [0, -1], 0]
    counts[{(1, 32): 'as it was', (11, 0): 'left', (0, 22): 'right', (254, 223): 'invert'}[int(first), int(last)]] += 1
  expected = {'left': 1 / 16, 'right': 1 / 16, 'invert': 5 / 8, 'as it was': 1 / 4}
  for name, share in expected.items():
    assert abs(counts[name] / 600 - share) < 4.5 * (share * (1 - share) / 600) ** 0.5, counts


def test_a_policy_of_many_steps_runs_everywhere():
  known = tuple(name for name in FOURTEEN if name not in ('AutoContrast', 'Equalize', 'Sharpness'))
  policy = Policy(((Step(known, 0.7, 0.0, 1.0, 3), Step(known)), (Step(('Invert',)),)), 'torchvision')
  for library in LIBRARIES:
    for side in (None, 32):
      text = export_policy(policy, library, side)
      assert text.endswith('\n') and 'jaxaug' not in text
      try:
        run = runner(library, text)
      except pytest.skip.Exception:
        continue
      done = [run(IMAGE) for _ in range(40)]
      assert len({image.tobytes() for image in done}) > 10
