/** Numbers and lines for people. */
import { columnsOf } from './fit.ts';

/** `1h 02m`, `3m 05s`, `12s`, from seconds. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = whole % 60;
  if (h > 0) return `${h}h ${String(m).padStart(2, '0')}m`;
  if (m > 0) return `${m}m ${String(s).padStart(2, '0')}s`;
  return `${s}s`;
}

/** Bytes as `512 B`, `3.4 MB`, `1.2 GB` (powers of ten, as disks and pip count). */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** Three significant digits without a needless exponent: `0.0123`, `1.23`, `123`, `1.2e-6`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e6) return value.toExponential(1);
  if (magnitude >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

/** A metric of 0..1 as the field writes it, 41.5; `-` where COCO has -1, undefined. */
export function percent(value: number | undefined): string {
  return value === undefined || value < 0 || Number.isNaN(value) ? '-' : (value * 100).toFixed(1);
}

/**
 * Columns of text, flush right but for those of `left` (default the first). No colors: it is read by people and by
 * grep.
 */
export function table(rows: readonly (readonly string[])[], indent = '', left: readonly number[] = [0]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, columnsOf(cell))));
  const pad = (cell: string, i: number) => {
    const blank = ' '.repeat(widths[i]! - columnsOf(cell));
    return left.includes(i) ? cell + blank : blank + cell;
  };
  return rows.map((row) => indent + row.map(pad).join('  ').trimEnd()).join('\n');
}
