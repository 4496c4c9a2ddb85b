/** A summary as text. */
import { table } from '../../ui/text.ts';
import type { OpRow, PhaseRow, ShapeRow, Totals } from './summary.ts';

const number = (value: number, digits: number): string => value.toFixed(digits);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const count = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));
/** Nothing where there is nothing, so that what there is stands out. */
const some = (value: number, text: string): string => (value === 0 ? '' : text);

export function phasesTable(rows: readonly PhaseRow[]): string {
  const head = [
    'phase',
    'ms',
    'share',
    'kernels',
    'in kernels',
    'JavaScript',
    'GFLOP',
    'MiB made',
    'downloads',
    'KiB',
    'ms',
    'uploads',
    'KiB',
  ];
  return table([
    head,
    ...rows.map((row) => [
      row.phase,
      number(row.ms, 2),
      percent(row.share),
      some(row.kernels, count(row.kernels)),
      some(row.kernel_ms, number(row.kernel_ms, 2)),
      number(row.javascript_ms, 2),
      some(row.gflop, number(row.gflop, 3)),
      some(row.mib_made, number(row.mib_made, 1)),
      some(row.downloads, count(row.downloads)),
      some(row.downloads, number(row.downloaded_kib, 1)),
      some(row.downloads, number(row.download_ms, 2)),
      some(row.uploads, count(row.uploads)),
      some(row.uploads, number(row.uploaded_kib, 1)),
    ]),
  ]);
}

const OP_HEAD = ['calls', 'ms', 'share', 'GFLOP', 'GFLOP/s', 'MiB made', 'MiB moved'];

function opCells(row: OpRow): string[] {
  return [
    count(row.calls),
    number(row.ms, 2),
    percent(row.share),
    some(row.gflop, number(row.gflop, 3)),
    some(row.gflop, number(row.gflop_per_second, 0)),
    some(row.mib_made, number(row.mib_made, 1)),
    some(row.mib_moved, number(row.mib_moved, 1)),
  ];
}

export function opsTable(rows: readonly OpRow[]): string {
  return table([['op', ...OP_HEAD], ...rows.map((row) => [row.op, ...opCells(row)])]);
}

export function shapesTable(rows: readonly ShapeRow[]): string {
  return table([['op', 'inputs', ...OP_HEAD], ...rows.map((row) => [row.op, row.inputs, ...opCells(row)])], '', [0, 1]);
}

/** Counts of a step, and what a GPU would need for them at least. */
export function countsText(totals: Totals, dispatchMs: number): string {
  const launches = totals.launches ?? totals.kernels;
  const host = totals.javascript_ms + launches * dispatchMs;
  const gpus = Object.entries(totals.roofline_ms).map(([name, ms]) => `${name} ${number(ms, 2)} ms`);
  return [
    `${number(totals.gflop, 2)} GFLOP in convolutions and matrix products; ${number(totals.mib_moved, 0)} MiB read and written by kernels, ${number(totals.mib_made, 0)} MiB of them made`,
    `${count(totals.kernels)} kernels${totals.launches === undefined ? '' : `, ${count(totals.launches)} ops of TensorFlow`}; ` +
      `${count(totals.downloads)} downloads (${number(totals.downloaded_kib, 1)} KiB), ${count(totals.uploads)} uploads (${number(totals.uploaded_kib, 0)} KiB); ` +
      `at most ${number(totals.peak_tensor_mib, 0)} MiB of tensors, in ${totals.peak_phase}`,
    `on a GPU the kernels take at least: ${gpus.join(', ')}; the host at least ${number(host, 1)} ms: ${number(totals.javascript_ms, 1)} ms of JavaScript ` +
      `and ${count(launches)} ops handed over at ${number(1000 * dispatchMs, 1)} µs`,
  ].join('\n');
}
