"""Do synthetic rows help? The experiments of the README from their configs, one after the other, and what they say.

python -m benchmarks.synthesize --workdir=runs/synthesize

goes on where it was stopped, writes `benchmarks/results/synthesize.json` and prints a table an experiment; `--only=wine_30,wine_60` runs
some. Finished ones are read from their workdir in seconds.
"""

import importlib
import json
import pathlib

from absl import app, flags, logging

from benchmarks import timing
from jaxaug import parallel, synthesize, tracking
from jaxaug.types import check_name

WORKDIR = flags.DEFINE_string('workdir', 'runs/synthesize', 'Folder with one folder an experiment.')
ONLY = flags.DEFINE_list('only', [], 'Experiments to run; none are all.')
STORED = flags.DEFINE_bool('stored', False, 'Only print what is stored.')
PATH = timing.RESULTS / 'synthesize.json'
EXPERIMENTS = {
  'digits_rare_class': ('digits_rare_class',),
  'japanese_vowels': ('japanese_vowels_rare_speaker',),
  **{name: ('small_tables', name) for name in ('wine_30', 'wine_60', 'breast_cancer_30', 'breast_cancer_60')},
  **{f'fashion_mnist_{name}': ('fashion_mnist', name) for name in ('gan', 'edm')},
}


def main(_):
  logging.set_verbosity(logging.ERROR)
  stored = json.loads(PATH.read_text()) if PATH.exists() else {}
  names = ONLY.value or list(EXPERIMENTS)
  for name in names:
    check_name(name, EXPERIMENTS, '--only')
  if not STORED.value:
    parallel.initialize()
    for name in names:
      module, *argument = EXPERIMENTS[name]
      config = importlib.import_module(f'configs.synthesize.{module}').get_config(*argument)
      folder = pathlib.Path(WORKDIR.value) / name
      results = synthesize.verdict(config, folder)
      kept = {field: value for field, value in results.items() if field != 'history'}
      stored[name] = kept | {'provenance': json.loads((folder / 'provenance.json').read_text())}
      tracking.write_json(PATH, stored)
  for name in names:
    if name in stored:
      print(f'\n{name}\n\n{synthesize.verdict_table(stored[name])}')


if __name__ == '__main__':
  app.run(main)
