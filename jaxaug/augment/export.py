"""Policies for other libraries, as the text that those read."""

import numpy as np

from jaxaug.augment import export_albumentations, export_timm, export_torchvision
from jaxaug.augment.policy import Policy, Step, as_policy
from jaxaug.augment.space import OpSpec, space
from jaxaug.types import InputError, check_name

LACKS = {  # {library: {op: why}}
  'torchvision': export_torchvision.LACKS,
  'albumentations': export_albumentations.LACKS,
  'timm': export_timm.LACKS,
}
WIDE = 331 * 3 * 2**13  # pixels: cutting to whole ones is lost in rounding; a multiple of what widths are divided by
PROBES = 9  # values of a range


def _physical(spec: OpSpec, magnitude: np.ndarray, side: int | None) -> tuple[str, np.ndarray]:
  """(name, values); with no side what depends on it is a share of it, and the name says so."""
  at = lambda side: np.asarray(spec.value_at(magnitude, side), np.float64)
  if side is None and (at(WIDE) != at(2 * WIDE)).any():
    return spec.name + 'Rel', at(WIDE) / WIDE
  return spec.name, at(side or WIDE)


def _op(spec: OpSpec, step: Step, side: int | None, library: str, where: str) -> tuple[str, tuple, tuple]:
  """(name, values, values of the negative sign), all as likely; a pair stands for a range."""
  low, high = np.float32(step.low), np.float32(step.high)
  ranges = step.levels == 0 and low < high
  count = 1 if low == high else step.levels or PROBES
  magnitude = low + (high - low) * (np.arange(count, dtype=np.float32) / np.float32(max(count - 1, 1)))  # as `draw` has it
  taken = []
  for sign in (1, -1) if spec.signed else (1,):
    name, values = _physical(spec, np.float32(sign) * magnitude, side)
    first, last = float(values[0]), float(values[-1])
    if first == last:  # values are monotone, so all of them are this one
      taken.append((first,))
    elif not ranges:
      taken.append(tuple(values.tolist()))
    elif library != 'torchvision':
      raise InputError(f'{where}.levels: 0 draws {spec.name} from a range, which {library} cannot; set a number, e.g. 31')
    elif not np.allclose(values, np.linspace(first, last, PROBES), rtol=0, atol=1e-5 * abs(last - first)):
      raise InputError(f'{where}.levels: 0 draws {spec.name} in whole steps of unequal chance; set a number, e.g. 31')
    else:
      taken.append(((first, last),))
  return name, taken[0], taken[1] if spec.signed else ()


def export_policy(policy: Policy, library: str, side: int | None = None) -> str:
  """A policy as text for another library; what runs it there needs no jaxaug.

  torchvision: the source of a module. PIL images are exact. On uint8 tensors Contrast, Color, AutoContrast and Sharpness may
  be off by 1, and Rotate differs in a few values (most at odd multiples of 45 degrees).

      import policy  # with the text in policy.py
      transform = policy.build()  # image -> image

  albumentations: JSON. Contrast may be off by 1, Color by 2, Rotate as on tensors; shears, about the centre there, are moved
  by up to half a pixel. It lacks AutoContrast, Equalize, Sharpness and SolarizeAdd, or means others. The rest is exact.

      transform = albumentations.load('policy.json')  # transform(image=image)['image']

  timm: JSON of sub-policies. Exact. It lacks Cutout, Posterize to 0 bits, and factors below 0.1.

      sub_policies = json.load(open('policy.json'))  # PIL image -> PIL image; the two are from timm.data.auto_augment
      transform = AutoAugment([[AugmentOp(*op) for op in ops] for ops in sub_policies])

  Args:
    policy: to write, as `as_policy` takes it. Each image draws independently of the others, as in mode 'iid'.
    library: 'torchvision', 'albumentations' or 'timm'.
    side: of the images, which are square, in pixels. None writes what depends on it as a share of the image's own side, for
      images of any shape. Then timm may be off by a pixel where the source cuts a translation to whole pixels,
      albumentations where it does not, and in shears.

  Returns:
    The text, to be written to a file.

  Raises:
    InputError: an unknown library; an op that the library lacks; a value that it does not reach; a range of magnitudes,
      which only torchvision draws from, and not of whole steps; Cutout of a share of the side in albumentations. Names the
      field and the op.

  Source: torchvision 0.28, albumentations 2.0.8 and timm 1.0.31, whose pixels the tests compare with those of `jaxaug.ops`.
  """
  policy = as_policy(policy)
  check_name(library, LACKS, 'library')
  if side is not None and (type(side) is not int or side < 1):
    raise InputError(f'side: {side!r} must be a whole number of pixels, at least 1')
  table, plan = space(policy.source), []
  for i, steps in enumerate(policy.sub_policies):
    plan.append([])
    for j, step in enumerate(steps):
      where = f'policy.sub_policies[{i}][{j}]'
      lacking = [f'{name} ({LACKS[library][name]})' for name in step.ops if name in LACKS[library]]
      if lacking:
        raise InputError(f'{where}.ops: {library} has no {", ".join(lacking)}')
      ops = [_op(table[name], step, side, library, where) for name in step.ops]
      if library == 'albumentations' and 'CutoutRel' in [name for name, *_ in ops]:
        raise InputError(f'side: must be given, Cutout of {where}.ops is a share of it and albumentations cuts out pixels')
      plan[-1].append((float(step.probability), ops))
  if library == 'timm':
    return export_timm.write_timm(plan)
  if library == 'albumentations':
    return export_albumentations.write_albumentations(plan, side)
  whole = float(table['TranslateX'].value_at(0.37, 101)).is_integer()  # a move that has a fraction unless the source cuts it
  return export_torchvision.write_torchvision(plan, whole)
