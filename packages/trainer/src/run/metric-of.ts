import type { CocoMetrics } from '@sed/datasets-coco';
import type { EvalRow } from '../metrics/rows.ts';

/** A metric of an evaluation, 0..1; undefined where the images have nothing to measure it by (COCO's -1, NaN). */
export function metricOf(row: EvalRow, metric: keyof CocoMetrics): number | undefined {
  const value: number | undefined = row.metrics[metric];
  return value !== undefined && value >= 0 ? value : undefined;
}
