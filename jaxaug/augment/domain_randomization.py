"""Domain randomisation: the same objects under other lights, in other textures, places and views."""

from collections.abc import Mapping

from jaxaug.augment.camera import random_sensor, random_viewpoint
from jaxaug.augment.compose import compose
from jaxaug.augment.lighting import random_lighting
from jaxaug.augment.scene import foreground, random_background, random_texture
from jaxaug.types import Augment, Batch, Key, Model, call, defaults_of, fill


def domain_randomization(
  threshold: float = 0.02, lighting: Mapping = {}, texture: Mapping = {}, background: Mapping = {}, camera: Mapping = {}
) -> Augment:
  """Moves the object, paints it, puts it before a background, lights it and takes the picture: every image its own draws.

  The object is `mask` above 0; without a `mask`, the pixels above a threshold, as they were before anything changed.

  Args:
    threshold: of brightness, black 0 and white 1; right for objects on black only.
    lighting: arguments of `random_lighting`; what is not given keeps its default, in all four.
    texture: arguments of `random_texture` but for the threshold.
    background: arguments of `random_background` but for the threshold.
    camera: arguments of `random_viewpoint` and of `random_sensor`.

  Returns:
    Augment of `image` [B, H, W, C], uint8 or float in [0, 1], and of the `mask`, `boxes` and `keypoints` that are there.

  Raises:
    InputError: unknown field or one out of range, naming it.

  Source: Tobin et al., Domain Randomization for Transferring Deep Neural Networks from Simulation to the Real World, 2017;
  Tremblay et al., Training Deep Networks with Synthetic Data, 2018. There a renderer draws the scenes; here they are images.
  """
  where = 'domain_randomization'
  view, sensor = defaults_of(random_viewpoint), defaults_of(random_sensor)
  seen = fill(camera, view | sensor, f'{where}.camera')
  steps = compose(
    random_viewpoint(**{name: seen[name] for name in view}),
    call(random_texture, texture, f'{where}.texture', threshold),
    call(random_background, background, f'{where}.background', threshold),
    call(random_lighting, lighting, f'{where}.lighting'),
    random_sensor(**{name: seen[name] for name in sensor}),
  )

  def augment(key: Key, batch: Batch, model: Model) -> Batch:
    if 'mask' in batch:
      return steps(key, batch, model)
    changed = steps(key, {**batch, 'mask': foreground(batch, threshold).astype('int32')}, model)
    return {name: value for name, value in changed.items() if name != 'mask'}

  return augment
