"""A verdict in words and as a table."""

from collections.abc import Mapping

from jaxaug.synthesize.gate import REASONS


def verdict_table(results: Mapping) -> str:
  """The verdict of a run as text: a row a learner and amount, a column an arm, and what is said of each.

  Args:
    results: as `verdict` returns or `verdict.json` holds them.

  Returns:
    Markdown.
  """
  rows, gate = results['rows'], results['gate']
  arms = list(rows[0]['arms'])
  points = lambda d: f'{100 * d["value"]:+.1f} [{100 * d["low"]:+.1f}, {100 * d["high"]:+.1f}], p {d["adjusted"]:.2g}'
  of = f' of {", ".join(results["classes"])}' if results['classes'] else ''
  lines = [
    f'{results["metric"]}{of}, %, {results["seeds"]} seeds; {gate["accepted"]} of {gate["drawn"]} drawn rows passed the gate '
    f'({gate["pass_rate"]:.1%}; held-out real rows {gate["held_out"]:.1%}); refused: '
    + (', '.join(f'{reason} {gate[reason]}' for reason in REASONS if gate[reason]) or 'none'),
    '',
    f'| learner, added | {" | ".join(arms)} | synthetic minus best control, points | minus real only | says |',
    '| --- |' + ' --- |' * (len(arms) + 3),
  ]
  for row in rows:
    means = [f'{100 * row["arms"][arm]["value"]:.1f}' for arm in arms]
    means = [f'*{mean}*' if arm == row['best_control'] else mean for arm, mean in zip(arms, means)]
    told = [points(row['against_control']), points(row['against_real']), row['says']]
    lines.append(f'| {row["learner"]}, {row["amount"]} | {" | ".join(means + told)} |')
  lines += ['', 'In italics the best control. ' + f'Synthetic rows: {results["says"]}']
  if 'because' in results:
    lines[-1] += f', because {"; ".join(results["because"])}'
  warnings = [*results.get('rollbacks', []), *results.get('warnings', [])]
  if warnings:
    lines += ['', f'Training gave {len(warnings)} warnings, in verdict.json; the first: {warnings[0]}']
  if 'fidelity' in results:
    lines += ['', *fidelity_table(results['fidelity'])]
  return '\n'.join(lines)


def fidelity_table(found: Mapping) -> list[str]:
  """How near the rows are to the train split, beside what the test split reaches.

  Args:
    found: `fidelity` of a verdict.

  Returns:
    Lines of Markdown.
  """
  heads = {'fcd': 'FCD', 'random': 'in a random network', 'class_coverage': 'classes covered', 'agreement': 'of their class'}
  metrics = list(next(iter(found['rows'].values())))
  cell = lambda interval: f'{interval["value"]:.3g} [{interval["low"]:.3g}, {interval["high"]:.3g}]'
  lines = [
    f'| against the train split | {" | ".join(heads.get(name, name) for name in metrics)} |',
    '| --- |' + ' --- |' * len(metrics),
  ]
  lines += [f'| {arm} | {" | ".join(cell(told[name]) for name in metrics)} |' for arm, told in found['rows'].items()]
  right = sum(found['accuracy']) / len(found['accuracy'])
  return [
    *lines,
    '',
    f'FCD is the Frechet distance in the features of a CNN that learnt the train split ({right:.1%} of test rows right).',
  ]
