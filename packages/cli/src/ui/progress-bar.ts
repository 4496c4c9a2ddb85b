import { columnsOf, cut, type Fitting } from './fit.ts';

/** Columns of the bar: the widest one is drawn that leaves room for the words. */
const WIDTHS = [24, 12, 6, 0];

/**
 * A line with a bar: `download ████████░░░░░░░░ 38 % detail`; on a narrow terminal the bar is shorter or left out, then
 * the detail. `fraction` is cut to 0..1.
 */
export function progressBar(label: string, fraction: number, detail = ''): Fitting {
  const percent = `${String(Math.floor(clamped(fraction) * 100)).padStart(3)} %`;
  const line = (width: number, ending: string) =>
    [label, bar(fraction, width), percent].filter((text) => text !== '').join(' ') + ending;
  const ending = detail === '' ? '' : `  ${detail}`;
  const lines = [...WIDTHS.map((width) => line(width, ending)), line(0, '')];
  return (columns) => lines.find((text) => columnsOf(text) <= columns) ?? cut(lines.at(-1)!, columns);
}

/** So many characters; none for a width of 0. */
export function bar(fraction: number, width: number): string {
  const full = Math.round(clamped(fraction) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function clamped(fraction: number): number {
  return Math.max(0, Math.min(1, Number.isFinite(fraction) ? fraction : 0));
}
