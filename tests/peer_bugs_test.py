"""Bugs that other libraries had, one case each: what they did wrong must not happen here."""

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image, ImageOps

from jaxaug import augment, ops
from jaxaug.augment import Policy, Step

IMAGE = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
FLOAT = IMAGE / np.float32(255)


def test_augmax_saturation_was_a_no_op():
  assert (np.asarray(ops.saturation(FLOAT, 0.3)) != FLOAT).mean() > 0.5
  assert np.ptp(np.asarray(ops.saturation(FLOAT, 0.0)), -1).max() < 1e-6


def test_augmax_default_blur_raised():
  batch = {'image': jnp.asarray(FLOAT)[None]}
  assert augment.random_blur()(jax.random.key(0), batch, None)['image'].shape == (1, 9, 8, 3)


def test_augmax_eager_colour_ops_were_traced_for_every_value():
  traced = []

  @jax.jit
  def run(image, factor):
    traced.append(1)
    return ops.color(ops.contrast(ops.hue(image, factor), factor), factor)

  for factor in (0.1, 0.2, 0.3):
    run(FLOAT, factor)
  assert len(traced) == 1


def test_imax_grey_was_black_since_its_weights_were_cast_to_uint8():
  assert (np.asarray(ops.grayscale(IMAGE))[..., 0] == np.asarray(Image.fromarray(IMAGE).convert('L'))).all()


def test_imax_equalize_had_255_bins():
  bright = np.maximum(IMAGE, 200).astype(np.uint8)
  bright[0, 0] = 255
  assert (np.asarray(ops.equalize(bright)) == np.asarray(ImageOps.equalize(Image.fromarray(bright)))).all()


def test_dda_had_no_translate_x():
  for source in augment.SPACES:
    spec = augment.space(source)['TranslateX']
    moved = np.asarray(spec.fn(IMAGE, jnp.float32(2), None, None))
    assert (moved[:, :-2] == IMAGE[:, 2:]).all() and (moved[:, -2:] == 0).all()


def test_dda_posterize_was_the_identity():
  assert (np.asarray(ops.posterize(IMAGE, 3)) == np.asarray(ImageOps.posterize(Image.fromarray(IMAGE), 3))).all()
  assert (np.asarray(ops.posterize(FLOAT, 3)) != FLOAT).mean() > 0.5


def test_dm_pix_drew_one_value_for_the_whole_batch():
  batch = {'image': jnp.full((64, 4, 4, 3), 0.5).at[..., 0].set(0.2)}
  done = augment.color_jitter(0.5, 0, 0, 0)(jax.random.key(0), batch, None)['image']
  assert len(np.unique(np.asarray(done)[:, 0, 0, 1])) > 50


def test_kornia_chose_one_op_for_the_whole_batch():
  op = augment.draw(jax.random.key(0), 64, augment.trivialaugment_policy(), 8, 'iid').op
  assert len(np.unique(op)) > 8


def test_kornia_trivialaugment_turned_one_way_only():
  draws = augment.draw(jax.random.key(0), 400, Policy(((Step(('Rotate',), 1.0, 0.5, 1.0, 31),),), 'trivialaugment'), 8)
  assert 0.4 < np.mean(np.asarray(draws.value) > 0) < 0.6


def test_pba_and_a_policy_that_was_read_by_position():
  """Ops are named in a file: the order of the table, or of a step's list, does not change what an op is."""
  one, other = (Policy(((Step(names),),)) for names in (('Invert', 'Rotate'), ('Rotate', 'Invert')))
  for policy in (one, other):
    draws = augment.draw(jax.random.key(0), 8, policy, 8)
    inverted = np.array(augment.op_names(policy))[np.asarray(draws.op[0])] == 'Invert'
    done = np.asarray(augment.run_draws(np.stack([IMAGE[:8]] * 8), draws, policy))
    assert (done[inverted] == 255 - IMAGE[:8]).all() and inverted.sum() == 4


def test_dada_gave_the_same_for_every_seed():
  one, other = (augment.apply_policy(jax.random.key(i), np.stack([IMAGE] * 8), augment.randaugment(1, 20)) for i in (0, 1))
  assert (np.asarray(one) != np.asarray(other)).any()


def test_torchvision_solarize_at_zero_inverted_white():
  white = np.full((2, 2, 3), 255, np.uint8)
  for source in ('autoaugment', 'research', 'trivialaugment', 'augmix'):
    value = augment.space(source)['Solarize'].value_at(jnp.float32(0), 8)
    assert (np.asarray(ops.solarize(white, value)) == 255).all()


def test_tpu_code_took_the_mean_of_a_histogram_for_contrast():
  small = IMAGE[:4, :4]
  grey = np.asarray(Image.fromarray(small).convert('L'))
  assert (np.asarray(ops.contrast(small, 0.0)) == int(grey.mean() + 0.5)).all()


def test_vmapped_switches_ran_every_op_on_every_image():
  """The compiled loop holds a conditional; a select of all branches would hold none."""
  images = np.stack([IMAGE[:8]] * 4)
  draws = augment.draw(jax.random.key(0), 4, augment.randaugment_policy(1, 9), 8)
  text = jax.jit(lambda i, d: augment.run_draws(i, d, augment.randaugment_policy(1, 9))).lower(images, draws).as_text()
  assert 'stablehlo.case' in text
