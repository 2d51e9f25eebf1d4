"""The verdict as text."""

from jaxaug.synthesize.gate import REASONS
from jaxaug.synthesize.verdict_text import fidelity_table, verdict_table


def test_every_arm_and_the_refused_are_named():
  interval = {'value': 0.5, 'low': 0.4, 'high': 0.6}
  against = {**interval, 'p_value': 0.01, 'adjusted': 0.02}
  row = dict(
    learner='mlp',
    amount='10%',
    arms={'real only': interval, 'synthetic': interval},
    best_control='real only',
    against_control=against,
    against_real=against,
    says='helps',
  )
  gate = {'drawn': 10, 'accepted': 7, 'pass_rate': 0.7, 'held_out': 0.95, **dict.fromkeys(REASONS, 0), 'off class': 3}
  text = verdict_table({'rows': [row], 'gate': gate, 'metric': 'accuracy', 'classes': [], 'seeds': 5, 'says': 'helps'})
  assert '7 of 10 drawn rows passed the gate (70.0%; held-out real rows 95.0%); refused: off class 3' in text
  assert '| learner, added | real only | synthetic | synthetic minus best control, points |' in text
  assert '| mlp, 10% | *50.0* | 50.0 | +50.0 [+40.0, +60.0], p 0.02 |' in text
  assert text.endswith('Synthetic rows: helps')
  both = {'fcd': {'value': 12.34, 'low': 1, 'high': 20}}
  found = {'rows': {'synthetic': both, 'real test rows': both}, 'accuracy': [0.8, 0.9]}
  lines = fidelity_table(found)
  assert lines[2] == '| synthetic | 12.3 [1, 20] |' and lines[3].startswith('| real test rows |') and '85.0%' in lines[-1]
