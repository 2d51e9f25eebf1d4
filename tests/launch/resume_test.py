"""Killed at a random step and resumed, a run ends as if nothing had been."""

import json
import random
import signal

import jax
import numpy as np


def test_sigkill_at_a_random_step_and_resume_is_bit_identical(quickstart, tmp_path):
  whole, killed, lines = tmp_path / 'whole', tmp_path / 'killed', random.randrange(3, 22)
  quickstart.run(whole)
  process = quickstart.start(killed)
  for _ in range(lines):
    process.stdout.readline()
  process.send_signal(signal.SIGKILL)
  assert process.wait() == -signal.SIGKILL, f'it ended before line {lines}'
  quickstart.run(killed)
  assert (whole / 'metrics.jsonl').read_text() == (killed / 'metrics.jsonl').read_text(), f'killed after line {lines}'
  for arm in ('plain', 'adversarial'):
    jax.tree.map(np.testing.assert_array_equal, quickstart.weights(whole, arm), quickstart.weights(killed, arm))
  results = [json.loads((folder / 'results.json').read_text()) for folder in (whole, killed)]
  assert results[0]['arms'] == results[1]['arms'] and results[0]['comparisons'] == results[1]['comparisons']
