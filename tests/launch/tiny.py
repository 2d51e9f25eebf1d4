"""The quickstart's job on a network that compiles at once, for tests that start several processes."""

import importlib.util
import pathlib

import ml_collections

QUICKSTART = pathlib.Path(__file__).parents[2] / 'configs' / 'quickstart.py'


def get_config() -> ml_collections.ConfigDict:
  """As `configs/quickstart.py`, with an MLP and an attack of few steps."""
  spec = importlib.util.spec_from_file_location('quickstart', QUICKSTART)
  module = importlib.util.module_from_spec(spec)
  spec.loader.exec_module(module)
  config = module.get_config()
  config.model = ml_collections.ConfigDict(dict(name='mlp', hidden=(16,)))
  config.augment.adversarial.steps = 2
  config.evaluate.attack.steps = 3
  config.evaluate.epsilons = ()
  config.train.update(steps=40, batch_size=64, log_every=4, evaluate_every=12)
  return config
