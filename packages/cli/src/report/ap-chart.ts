import type { Chart, Series } from '../client/chart.ts';
import { chartSpec, type ChartSpec } from './chart-spec.ts';
import { numberAt } from './run-folder.ts';
import type { ReportRun, RunNetwork } from './runs.ts';
import { DASHED, rounded } from './series.ts';

/** Of a run's networks one after the other. */
const NETWORK_DASHES: readonly (readonly number[] | undefined)[] = [undefined, DASHED, [2, 3], [10, 3, 2, 3]];

/** None where there is one evaluation: a point is no curve, and the table above has it. */
export function apCharts(runs: readonly ReportRun[], marks: Chart['marks']): ChartSpec[] {
  const variants = ['AP', 'AP50', 'AP75'].map((metric) => ({
    name: metric,
    series: runs.flatMap((run) =>
      run.networks.flatMap((network, i) => evalSeries(run, network, metric, NETWORK_DASHES[i % NETWORK_DASHES.length])),
    ),
  }));
  const any = variants.filter((v) => v.series.length > 0);
  const steps = any.flatMap((v) => v.series.flatMap((s) => s.x));
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  if (steps.length === 0 || first === last) return [];
  const pad = 0.02 * (last - first);
  return [
    chartSpec({
      id: 'ap',
      title: 'AP on the validation images',
      note: 'COCO’s metric, in percent',
      yLabel: '%',
      height: 340,
      marks,
      variants: any,
      xRange: [first - pad, last + pad],
    }),
  ];
}

/** What the lines of a run's networks look like: the first is solid. */
export function networksText(runs: readonly ReportRun[]): string {
  const isPair = ({ networks }: ReportRun) =>
    networks.length === 2 && networks[0]!.role === 'averaged' && networks[1]!.role === 'trained';
  return runs.every(isPair)
    ? 'Solid: the averaged weights (SED’s teacher, the supervised run’s EMA). Dashed: the weights that the optimizer moves.'
    : 'A run’s networks have its color: the first is solid, averaged weights come before those that an optimizer moves.';
}

function evalSeries(
  run: ReportRun,
  { name, label }: RunNetwork,
  metric: string,
  dash: readonly number[] | undefined,
): Series[] {
  const points = run.rows.flatMap((row) => {
    const value = row.kind === 'eval' && row['model'] === name ? numberAt(row, 'metrics', metric) : undefined;
    return value === undefined || value < 0 ? [] : [[row.step, rounded(100 * value)] as const];
  });
  if (points.length === 0) return [];
  const line = {
    label: `${run.label} · ${label}`,
    color: run.color,
    x: points.map((p) => p[0]),
    y: points.map((p) => p[1]),
  };
  return [dash ? { ...line, dash } : line];
}
