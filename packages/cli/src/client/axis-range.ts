import type { Chart } from './chart.ts';

type Range = [number, number];

/** Of a linear y axis whose data reach from `low` to `high`; null where there are none. */
export function linearRange(
  { top, fromZero }: Pick<Chart, 'top' | 'fromZero'>,
  low: number | null,
  high: number | null,
): Range {
  if (low === null || high === null) return [0, 1];
  if (top !== undefined) return [0, top * 1.02];
  if (fromZero) return [0, high > 0 ? high * 1.08 : 1];
  const pad = (high - low || Math.abs(high) || 1) * 0.08;
  return [low - pad, high + pad];
}

/**
 * Of the x axis: the chart's own range, unless the reader has zoomed.
 * @param ends of the data: what the axis is asked to show at first and after a double click
 */
export function horizontalRange(
  { xRange }: Pick<Chart, 'xRange'>,
  ends: readonly [number, number],
  low: number,
  high: number,
): Range {
  const isZoomed = low !== ends[0] || high !== ends[1];
  return isZoomed ? [low, high] : [xRange[0], xRange[1]];
}
