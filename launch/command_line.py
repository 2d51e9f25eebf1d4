"""What all launchers share: flags in, one clear line and exit code 2 on bad input."""

import os
import pathlib
import sys
from collections.abc import Callable

from absl import app, flags, logging
from ml_collections import config_flags

os.environ.setdefault('JAX_COMPILATION_CACHE_DIR', str(pathlib.Path('.cache/jax').absolute()))
os.environ.setdefault('JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS', '0.5')
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '2')

WORKDIR = flags.DEFINE_string(
  'workdir', None, 'Folder of the run; made where it is missing, gone on with where it holds this run.'
)


def fail(message: object) -> None:
  """Prints one line and exits with 2."""
  text = ' '.join(str(message).split())
  print(f'{pathlib.Path(sys.argv[0]).name}: {text}', file=sys.stderr)
  sys.stderr.flush()
  os._exit(2) if 'jaxaug' in sys.modules and _many() else sys.exit(2)


def _many() -> bool:
  from jaxaug import parallel

  return parallel.part()[1] > 1  # the others wait for us: leave at once, their launcher ends them


def define_config() -> flags.FlagHolder:
  """Defines --config, a file with `get_config()`, whose fields --config.<field>=<value> overrides."""
  return config_flags.DEFINE_config_file('config', None, 'Config file, e.g. configs/quickstart.py.', lock_config=True)


def run(main: Callable[[], None], *required: str) -> None:
  """Parses flags and calls `main()`.

  Args:
    main: the job.
    *required: flags that must be given.
  """
  logging.set_verbosity(logging.ERROR)
  for name in required:
    flags.mark_flag_as_required(name)

  def parse(argv):
    try:
      rest = flags.FLAGS(argv)
      if 'config' in required:
        flags.FLAGS.config.to_dict()  # a file that could not be loaded is only told of here
    except (KeyError, AttributeError) as error:  # an unknown field: told with what may have been meant
      told = str(error.args[0]).replace('\\n', ' ').replace("\\'", '').replace("'", '').strip('"')
      fail(f'--config: no field {told}' if 'Did you mean' in told or ' ' not in told else f'--config: {told}')
    except (flags.Error, TypeError, ValueError, OSError, SyntaxError, ImportError) as error:
      fail(error)
    if len(rest) > 1:
      fail(f'unknown argument {rest[1]!r}; flags start with --')
    return rest

  def guarded(_):
    from jaxaug.types import InputError

    try:
      main()
    except InputError as error:
      fail(error)
    except FloatingPointError as error:
      print(f'{pathlib.Path(sys.argv[0]).name}: {error}', file=sys.stderr)
      sys.exit(1)

  app.run(guarded, flags_parser=parse)
