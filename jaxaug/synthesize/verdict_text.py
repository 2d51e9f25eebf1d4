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
  return '\n'.join(lines)
