import type { Series } from './chart.ts';

/** Dashes up to this many pixels long are dots. */
const DOT = 2;

/** The border of an element that looks most like a line of a chart. */
export function borderStyle({ dash }: Pick<Series, 'dash'>): 'solid' | 'dashed' | 'dotted' {
  if (dash === undefined || dash.length === 0) return 'solid';
  return Math.max(...dash.filter((_, i) => i % 2 === 0)) <= DOT ? 'dotted' : 'dashed';
}
