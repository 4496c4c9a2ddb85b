import type { Series } from '../client/chart.ts';
import type { Row } from './run-folder.ts';
import type { ReportRun } from './runs.ts';

/** Of lines that stand beside solid ones. */
export const DASHED: readonly number[] = [6, 4];

/** More points than this are means of neighbors: a long run must not make a page of 50 MB. */
const MOST_POINTS = 500;

/** One line a run out of its `train` rows. */
export function perRun(runs: readonly ReportRun[], pick: (row: Row) => number | undefined): Series[] {
  return runs.flatMap((run): Series[] => {
    const points = run.rows.flatMap((row) => {
      const value = row.kind === 'train' ? pick(row) : undefined;
      return value === undefined ? [] : [[row.step, value] as const];
    });
    return points.length === 0 ? [] : [{ label: run.label, color: run.color, ...thin(points) }];
  });
}

function thin(points: readonly (readonly [number, number])[]): { x: number[]; y: number[] } {
  const size = Math.ceil(points.length / MOST_POINTS);
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < points.length; i += size) {
    const part = points.slice(i, i + size);
    x.push(part.at(-1)![0]);
    y.push(rounded(part.reduce((sum, p) => sum + p[1], 0) / part.length));
  }
  return { x, y };
}

/** Six digits are more than a pixel shows. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** A logarithmic axis where the values spread over more than a factor of 30 and none is zero. */
export function wantsLog(series: readonly Series[]): boolean {
  const values = series.flatMap((s) => s.y).filter((v) => v !== null);
  if (values.length === 0 || values.some((v) => v <= 0)) return false;
  return Math.max(...values) / Math.min(...values) > 30;
}
