"""The page of a run: complete, self-contained, and a browser draws it at a phone's width without scrolling sideways."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from jaxaug import metrics, report
from jaxaug.evaluate import comparisons
from jaxaug.types import InputError

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser') or shutil.which('google-chrome')


@pytest.fixture
def workdir(tmp_path):
  random, label = np.random.default_rng(0), np.eye(4, dtype=np.float32)[np.arange(40) % 4]
  arms, right, rows = {}, {}, []
  for arm in ('plain', 'adver<sarial>'):
    logits = random.normal(size=(40, 4)) + 3 * label
    accuracy = metrics.accuracy(logits, label)._asdict()
    table = {k: np.where(np.isnan(v), None, v).tolist() for k, v in metrics.reliability(logits, label).items()}
    clean = {
      'accuracy': accuracy,
      'ece': 0.1,
      'nll': 0.2,
      'brier': 0.3,
      'reliability': table,
      'confusion': metrics.confusion(logits, label).tolist(),
    }
    curve = [{'epsilon': e, **accuracy} for e in (0.0, 0.1, 0.2)]
    arms[arm] = {
      'step': 20,
      'clean': clean,
      'robust': {'attack': 'PGD-2, Linf 0.1', 'examples': 40, 'epsilon': 0.1, 'accuracy': accuracy, 'curve': curve},
    }
    right[arm] = {'clean': metrics.correct(logits, label)}
    rows += [{'arm': arm, 'step': s, 'kind': 'train', 'loss': 1 / s, 'accuracy': 0.5} for s in (10, 20)]
    rows += [{'arm': arm, 'step': 20, 'kind': 'validation', 'clean': 0.5, 'robust': 0.4}]
    images = random.random((6, 8, 8, 1), np.float32)
    np.savez(
      tmp_path / f'samples-{arm}.npz',
      image=(images * 255).astype(np.uint8),
      label=label[:6],
      logits=logits[:6],
      augmented_from=images,
      augmented=images[:, ::-1],
      attacked=np.clip(images + 0.05, 0, 1),
      attacked_logits=-logits[:6],
    )
  results = {
    'arms': arms,
    'comparisons': comparisons(right, 'plain'),
    'provenance': {'seed': 0},
    'cost': {},
    'data': {'origin': 'made', 'train_examples': 9, 'split': 'test', 'class_names': ['a', 'b', 'long name', '<d>']},
  }
  (tmp_path / 'results.json').write_text(json.dumps(results))
  (tmp_path / 'config.json').write_text(json.dumps({'seed': 0}))
  (tmp_path / 'metrics.jsonl').write_text(''.join(json.dumps(r) + '\n' for r in rows))
  return tmp_path


@pytest.fixture
def full(workdir):
  """The same run with everything that an evaluation can add."""
  random, results = np.random.default_rng(1), json.loads((workdir / 'results.json').read_text())
  accuracy, table = results['arms']['plain']['clean']['accuracy'], results['arms']['plain']['clean']['reliability']
  classes = {name: {**accuracy, 'examples': 10} for name in results['data']['class_names']}
  for name, arm in results['arms'].items():
    arm['robust'] |= {'norm': 'linf', 'ece': 0.2, 'nll': 1.0, 'brier': 0.5, 'reliability': table}
    arm['certified'] = {'certificate': 'IBP', 'norm': 'linf', 'epsilon': 0.1, 'examples': 40, 'accuracy': accuracy}
    arm['detection'] = {'clean': 40, 'adversarial': 6, 'detectors': {'energy': {'auroc': 0.7, 'tpr': 0.1}}}
    kinds = {kind: {'same': 0.9, 'always': accuracy} for kind in ('noise', 'rotation')}
    arm['stability'] = {'settings': dict(draws=2, noise=0.1, degrees=10.0, pixels=2.0, brightness=0.2), 'kinds': kinds}
    arm['curves'] = {'fgsm': {'attack': 'one <step>', 'points': [{'epsilon': e, **accuracy} for e in (0.0, 0.1)]}}
    arm['groups'] = {'class': {m: {'groups': classes, 'worst': 'a'} for m in ('clean', 'robust', 'certified')}}
    arm['explain'] = {'attack': 'PGD-2', 'examples': 12, 'planes': 4, 'train': 9, 'layer': 'conv3'}
    influence = {
      f'{kind}{what}': values
      for kind in ('helpful', 'harmful')
      for what, values in (
        ('', random.random((2, 5, 8, 8, 1))),
        ('_label', np.full((2, 5), 2)),
        ('_influence', random.normal(size=(2, 5)) * 1e4),
      )
    }
    np.savez(
      workdir / f'explain-{name}.npz',
      image=random.random((3, 8, 8, 1)),
      label=np.arange(3),
      answer=np.arange(3)[::-1],
      **{kind: random.random((3, 8, 8)) for kind in ('saliency', 'integrated', 'grad_cam')},
      plane=random.random((5, 5)),
      plane_at=np.linspace(-1, 1, 5),
      pca=random.normal(size=(24, 2)),
      tsne=random.normal(size=(24, 2)),
      embedded=np.arange(12) % 4,
      fooled=random.random((2, 8, 8, 1)),
      fooled_label=np.array([2, 2]),
      fooled_answer=np.array([3, 0]),
      **influence,
    )
  (workdir / 'results.json').write_text(json.dumps(results))
  return workdir


def test_a_full_evaluation_is_shown(full):
  text = report.write(full).read_text()
  for title in (
    'From certified to clean',
    'Calibration under attack',
    'Detection of adversarial images',
    'Stability',
    'Classes and groups',
    'Where the networks look',
    'The loss around an image',
    'Features, clean and under attack',
    'Training images behind the errors',
    'certified accuracy',
  ):
    assert title in text, title
  assert (
    text.count('<svg') == 6 + 2 + 2 + 2 + 4 and '<step>' not in text and 'adver<sarial>' not in text and '<d>' not in text
  )
  assert not re.search(r'(fill|stroke): #0[1-4]0', text)


def test_every_section_is_there_and_nothing_is_fetched(workdir):
  path = report.write(workdir)
  text = path.read_text()
  for title in (
    'Results',
    'Learning curves',
    'Robust accuracy against epsilon',
    'Arm: plain',
    'Reliability',
    'Confusion',
    'Provenance',
  ):
    assert title in text, title
  assert text.count('<svg') == 6 and text.count('<img') == 2 * 6 * (2 + 3)
  assert not re.search(r'(src|href)="(?!data:|#)', text) and '@import' not in text
  assert 'adver<sarial>' not in text and '&lt;d&gt;' in text
  assert 'prefers-color-scheme: dark' in text and not re.search(r'(fill|stroke): #0[123]0', text)


def test_an_unfinished_run_is_refused(tmp_path):
  with pytest.raises(InputError, match='holds no finished run'):
    report.write(tmp_path)


def test_a_run_without_attack_has_a_page(workdir):
  results = json.loads((workdir / 'results.json').read_text())
  for arm in results['arms'].values():
    del arm['robust']
  for file in workdir.glob('samples-*.npz'):
    stored = {k: v for k, v in np.load(file).items() if not k.startswith('attacked')}
    np.savez(file, **stored)
  (workdir / 'results.json').write_text(json.dumps(results))
  assert 'epsilon' not in report.write(workdir).read_text()


@pytest.mark.skipif(CHROMIUM is None, reason='no Chromium installed')
@pytest.mark.parametrize('width', (390, 1280))
def test_chromium_draws_it(full, width):
  workdir = full
  path = report.write(workdir)
  text = path.read_text().replace('</body>', '<script>document.title = document.documentElement.scrollWidth</script></body>')
  (workdir / 'probe.html').write_text(text.replace('width=device-width', f'width={width}'))
  flags = [
    CHROMIUM,
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    f'--user-data-dir={workdir / "profile"}',
    '--hide-scrollbars',
  ]
  picture = workdir / 'page.png'
  subprocess.run(
    [*flags, f'--window-size={max(width, 500)},1500', f'--screenshot={picture}', path.as_uri()],
    check=True,
    capture_output=True,
    timeout=120,
  )
  pixels = np.asarray(Image.open(picture).convert('L'))
  assert pixels.shape[0] == 1500 and (pixels < 128).mean() > 0.005  # something is drawn
  probe = workdir / 'frame.html'  # Chromium's window is at least 500 wide: a phone is a frame inside it
  probe.write_text(f'<iframe id=f src="probe.html" style="width:{width}px;height:900px;border:0"></iframe>')
  framed = [*flags, '--allow-file-access-from-files', '--virtual-time-budget=4000', '--dump-dom']
  (workdir / 'probe.html').write_text(path.read_text())
  probe.write_text(
    f'<body><iframe id=f src="report.html" style="width:{width}px;height:900px;border:0"></iframe><p id=o></p><script>'
    'f.onload=()=>{o.textContent="wide "+f.contentDocument.documentElement.scrollWidth}</script></body>'
  )
  told = subprocess.run([*framed, probe.as_uri()], check=True, capture_output=True, text=True, timeout=120).stdout
  assert int(re.search(r'wide (\d+)', told).group(1)) <= width, 'the page scrolls sideways'
