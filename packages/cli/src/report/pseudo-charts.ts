import type { Chart, Series, Variant } from '../client/chart.ts';
import { chartSpec, oneVariant, type ChartSpec } from './chart-spec.ts';
import { numbersOf, type Row } from './run-folder.ts';
import type { ReportRun } from './runs.ts';
import { DASHED, rounded } from './series.ts';

export function pseudoCharts(runs: readonly ReportRun[], marks: Chart['marks']): ChartSpec[] {
  const rowsOf = (run: ReportRun) =>
    run.rows.filter((r) => r.kind === 'pseudo' && numbersOf(r['thresholds']).length > 0);
  const thresholds = [...new Set(runs.flatMap((run) => rowsOf(run).flatMap((r) => numbersOf(r['thresholds']))))].sort(
    (a, b) => a - b,
  );
  if (thresholds.length === 0) return [];
  // The middle one first: the switch's first choice is what the reader sees.
  const shown = pickThresholds(thresholds);
  const overTheRun = (iou: 50 | 90): Variant[] =>
    shown.map((t) => ({
      name: `≥ ${t}`,
      series: runs.flatMap((run) =>
        (['precision', 'recall'] as const).flatMap((what): Series[] => {
          const x: number[] = [];
          const y: (number | null)[] = [];
          for (const row of rowsOf(run)) {
            const value = valueAtThreshold(row, `${what}${iou}`, t);
            if (value === undefined) continue;
            x.push(row.step);
            y.push(value);
          }
          if (x.length === 0) return [];
          return [
            { label: `${run.label} · ${what}`, color: run.color, x, y, ...(what === 'recall' ? { dash: DASHED } : {}) },
          ];
        }),
      ),
    }));
  const atTheEnd = (iou: 50 | 90): Series[] =>
    runs.flatMap((run) => {
      const row = rowsOf(run).at(-1);
      if (row === undefined) return [];
      const x = numbersOf(row['thresholds']);
      return (['precision', 'recall'] as const).map((what) => ({
        label: `${run.label} · ${what}`,
        color: run.color,
        x,
        y: x.map((t) => valueAtThreshold(row, `${what}${iou}`, t) ?? null),
        ...(what === 'recall' ? { dash: DASHED } : {}),
      }));
    });
  const common = { yLabel: 'precision, recall', fromZero: true, top: 1 };
  const note = 'precision solid, recall dashed';
  const chosen = `${note}; score`;
  return [
    chartSpec({
      ...common,
      id: 'pseudo50',
      title: 'over the run, IoU ≥ 0.5',
      note: chosen,
      marks,
      variants: overTheRun(50),
    }),
    chartSpec({
      ...common,
      id: 'pseudo90',
      title: 'over the run, IoU ≥ 0.9',
      note: chosen,
      marks,
      variants: overTheRun(90),
    }),
    chartSpec({
      ...common,
      id: 'pseudo-threshold50',
      title: 'against the score, IoU ≥ 0.5',
      note: 'at the end',
      xLabel: 'score threshold',
      variants: oneVariant(atTheEnd(50)),
    }),
    chartSpec({
      ...common,
      id: 'pseudo-threshold90',
      title: 'against the score, IoU ≥ 0.9',
      note: 'at the end',
      xLabel: 'score threshold',
      variants: oneVariant(atTheEnd(90)),
    }),
  ];
}

/** At most four thresholds, those nearest to .5, .7, .3 and .9. */
function pickThresholds(thresholds: readonly number[]): number[] {
  const nearest = (to: number) => thresholds.reduce((a, b) => (Math.abs(b - to) < Math.abs(a - to) ? b : a));
  return [...new Set([0.5, 0.7, 0.3, 0.9].map(nearest))];
}

/**
 * The value of a field that runs along with `thresholds`; undefined where it is null (no detection reaches the score).
 */
function valueAtThreshold(row: Row, field: string, threshold: number): number | undefined {
  const values = row[field];
  const i = numbersOf(row['thresholds']).indexOf(threshold);
  const value: unknown = Array.isArray(values) && i >= 0 ? values[i] : undefined;
  return typeof value === 'number' && value >= 0 ? rounded(value) : undefined;
}
