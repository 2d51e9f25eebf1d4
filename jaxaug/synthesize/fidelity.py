"""How near generated images are to real ones, in the features of a network that learnt these and of one that learnt nothing."""

from collections.abc import Mapping, Sequence

import numpy as np
from tqdm import trange

from jaxaug.metrics import class_coverage, frechet_distance, prdc_reference
from jaxaug.synthesize.extractor import Extractor, extract, fit_extractor, random_extractor

K = 5  # neighbour of precision, recall, density and coverage
FIELDS = ('fcd', 'random', 'class_coverage', 'agreement', 'precision', 'recall', 'density', 'coverage')
REAL = 'real test rows'


def fidelity(
  extractors: Sequence[Extractor],
  train: np.ndarray,
  test: np.ndarray,
  label: np.ndarray,
  made: np.ndarray,
  asked: np.ndarray,
  k: int = K,
) -> dict[str, dict[str, float]]:
  """How near generated images are to the train split, beside what the test split reaches.

  Args:
    extractors: a trained one and a random one.
    train: [N, H, W, C] float in [0, 1].
    test: [T, H, W, C]; it and what is made are thinned to the smaller number.
    label: [T] int.
    made: [M, H, W, C].
    asked: [M] int, the class each was made as.
    k: neighbour of precision and recall.

  Returns:
    {'fake', 'test'}: each `fcd` and `random` (Frechet distance in the features of the trained, of the random network), `precision`,
    `recall`, `density`, `coverage`, `class_coverage` and `agreement` of the trained network with the class.

  Raises:
    InputError: as `jaxaug.metrics.prdc`.
  """
  rows = min(len(test), len(made))
  thin = lambda x: x[np.arange(rows) * len(x) // rows]
  made, asked, test, label = (thin(x) for x in (made, asked, test, label))
  trained, random = extractors
  real, plain, found, seen = extract(trained, train)[0], extract(random, train)[0], {}, {}
  for name, images, classes in (('fake', made, asked), ('test', test, label)):
    seen[name], told = extract(trained, images)
    found[name] = {
      'fcd': frechet_distance(real, seen[name]),
      'random': frechet_distance(plain, extract(random, images)[0]),
      'class_coverage': class_coverage(told, told.shape[1]),
      'agreement': float((told.argmax(1) == classes).mean()),
    }
  near = prdc_reference(real, seen['test'], seen['fake'], k)
  return {name: found[name] | near[name] for name in found}


def fidelity_of(
  parts: Mapping, about: Mapping, arms: Mapping[str, Sequence[tuple[np.ndarray, np.ndarray]]], steps: int, seed: int
) -> tuple[dict, dict]:
  """`fidelity` of several arms for each seed, on the classes that are drawn; every seed has an extractor of its own, of its train split alone.

  Args:
    parts, about: of `stages.split`; images.
    arms: {name: for each seed (rows [M, H, W, C], the classes they were made as [M])}.
    steps: of `fit_extractor`.
    seed: of the extractors.

  Returns:
    ({'<arm>/<metric>' [S], NaN where an arm has too few rows; the last arm is REAL}, {'extractors': the hashes, and their `accuracy` on the test split}).
  """
  found, digests, right, classes = {}, [], [], len(about['classes'])
  for s in trange(len(parts['train_rows']), desc='fidelity', unit='seed', leave=False, disable=None):
    train, test = parts['train_rows'][s], parts['test_rows'][s]
    trained = fit_extractor(train, parts['train_label'][s], classes, seed=seed + s, steps=steps)
    random = random_extractor(train.shape[1:], classes, seed)
    digests.append([trained.digest, random.digest])
    right.append(float((extract(trained, test)[1].argmax(1) == parts['test_label'][s]).mean()))
    told, label = {}, parts['test_label'][s]
    for name, rows in arms.items():
      asked = np.unique(rows[s][1])  # of other classes there are no draws
      real, other = np.isin(parts['train_label'][s], asked), np.isin(label, asked)
      few = min(len(rows[s][0]), real.sum(), other.sum()) <= K
      both = {} if few else fidelity((trained, random), train[real], test[other], label[other], *rows[s])
      told[name], told[REAL] = both.get('fake', {}), both.get('test', told.get(REAL, {}))
    for name in (*arms, REAL):
      for field in FIELDS:
        found.setdefault(f'{name}/{field}', []).append(told[name].get(field, np.nan))
  return {name: np.array(values) for name, values in found.items()}, {'extractors': digests, 'accuracy': right}
