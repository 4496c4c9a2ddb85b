/** The losses of runs: which there are, and what they are called. */
import type { ReportRun } from './runs.ts';

export function lossNames(runs: readonly ReportRun[]): string[] {
  const names = new Set<string>();
  for (const run of runs) {
    for (const row of run.rows) {
      if (row.kind === 'train' && typeof row['losses'] === 'object' && row['losses'] !== null) {
        for (const name of Object.keys(row['losses'])) names.add(name);
      }
    }
  }
  const order = ['supervised', 'distillation', 'scale'];
  const rank = (name: string) => (order.indexOf(name.split('.')[0]!) + order.length + 1) % (order.length + 1);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

export function lossTitle(name: string): string {
  return name
    .split('.')
    .join(' · ')
    .replace('rpnBoxRegression', 'RPN box regression')
    .replace('boxRegression', 'box regression');
}

/** What a loss of ours is; of another's we know the name alone. */
export function lossNote(name: string): string {
  const { group, term } = /^(?<group>\w+)\..*?(?<term>\w+)$/.exec(name)?.groups ?? {};
  if (group === 'supervised') return 'on labeled images';
  const isRegression = term === 'regression';
  if (!isRegression && term !== 'classification') return '';
  if (group === 'distillation') return isRegression ? 'Eq 3, ‖R‖² term' : 'Eq 3, KL from the teacher';
  if (group === 'scale') return isRegression ? 'Eq 2, ‖R‖² term' : 'Eq 2, both KL directions';
  return '';
}
