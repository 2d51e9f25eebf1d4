"""A policy for timm: sub-policies of what its AugmentOp takes."""

import itertools
import json
import math

from jaxaug.augment.space import ENHANCE
from jaxaug.types import InputError

LACKS = {'Cutout': 'none of its ops paints a square', 'SamplePairing': 'a transform sees one image'}
LEAST = {'Posterize': 1, **dict.fromkeys(ENHANCE, 0.1)}
MOST = 100_000  # sub-policies

# {op: value -> (timm's op, level, parameters)}: timm's way from level to value, backwards; .5 where it cuts to whole numbers
OPS = {
  'ShearX': lambda value: ('ShearX', value / 0.03, {}),
  'ShearY': lambda value: ('ShearY', value / 0.03, {}),
  'TranslateX': lambda value: ('TranslateX', 10, {'translate_const': value}),
  'TranslateY': lambda value: ('TranslateY', 10, {'translate_const': value}),
  'TranslateXRel': lambda value: ('TranslateXRel', 10, {'translate_pct': value}),
  'TranslateYRel': lambda value: ('TranslateYRel', 10, {'translate_pct': value}),
  'Rotate': lambda value: ('Rotate', value / 3, {}),
  'AutoContrast': lambda value: ('AutoContrast', 0, {}),
  'Invert': lambda value: ('Invert', 0, {}),
  'Equalize': lambda value: ('Equalize', 0, {}),
  'Solarize': lambda value: ('Solarize', (math.ceil(value) + 0.5) / 25.6, {}),
  'SolarizeAdd': lambda value: ('SolarizeAdd', (int(value) + 0.5) / 11, {}),
  'Posterize': lambda value: ('Posterize', 2.5 * int(value), {}),
  **{name: lambda value, name=name: (name, (value - 0.1) / 0.18, {}) for name in ENHANCE},
}


def _entries(name: str, value: float, mirrored: tuple, probability: float, where: str) -> list:
  """[] or [what AugmentOp takes]. Signs are timm's to draw."""
  if name == 'Identity' or (name == 'Solarize' and value > 255):
    return []
  lowest = min((value, *mirrored)) if name in ENHANCE else value
  if lowest < LEAST.get(name, lowest) - 1e-6:
    raise InputError(f'{where}.ops: timm has {name} from {LEAST[name]} up, not {lowest:.3g}')
  used, level, more = OPS[name](value)
  if name in ENHANCE and mirrored:
    used, level = name + 'Increasing', (value - 1) / 0.09
  highest = {'magnitude_max': level} if level > 10 else {}
  return [[used, probability, level, {'img_mean': 0, 'interpolation': 0, **highest, **more}]]  # filled with 0, nearest


def write_timm(plan: list) -> str:
  """JSON: sub-policies, of which timm draws one; each a list of [op, probability, level, parameters].

  Every combination of a sub-policy's ops and values is one, repeated where others have more, so that all stay as likely.

  Args:
    plan: sub-policies, each of steps (probability, ops), an op is (name, values, values of the negative sign).

  Returns:
    JSON text.

  Raises:
    InputError: a value that timm does not reach, too many combinations; names the field.

  Source: timm 1.0.31, `data/auto_augment.py`.
  """
  written = []
  for i, steps in enumerate(plan):
    written.append([])
    for j, (probability, ops) in enumerate(steps):
      each, where = math.lcm(*(len(values) for _, values, _ in ops)), f'policy.sub_policies[{i}][{j}]'
      choices = [
        _entries(name, value, mirrored, probability, where)
        for name, values, mirrored in ops
        for value in values * (each // len(values))
      ]
      written[-1].append(choices)
  counts = [math.prod(len(choices) for choices in steps) for steps in written]
  each = math.lcm(*counts)
  if each * len(counts) > MOST:
    raise InputError(
      f'policy.sub_policies: timm reads a list of all combinations, and these are {each * len(counts)}, above {MOST}'
    )
  lines = [
    json.dumps(list(itertools.chain(*chosen)))
    for steps, count in zip(written, counts)
    for chosen in list(itertools.product(*steps)) * (each // count)
  ]
  return '[\n' + ',\n'.join(lines) + '\n]\n'
