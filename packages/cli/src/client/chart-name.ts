import type { Chart, Variant } from './chart.ts';
import { shortNumber } from './number-text.ts';

/** What a screen reader says instead of the picture; the legend below is a table that it can read. */
export function chartName({ title, xLabel }: Pick<Chart, 'title' | 'xLabel'>, { name, series }: Variant): string {
  const lines = series.map(({ label, y }) => {
    const values = y.filter((value) => value !== null);
    if (values.length === 0) return `${label}: no value`;
    const [first, last] = [values[0]!, values.at(-1)!];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return `${label}: from ${shortNumber(first)} to ${shortNumber(last)}, lowest ${shortNumber(low)}, highest ${shortNumber(high)}`;
  });
  return `${title}${name === '' ? '' : `, ${name}`}, a line chart over ${xLabel}. ${lines.join('. ')}.`;
}
