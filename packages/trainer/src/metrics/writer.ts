/** `metrics.jsonl`: appended to, one row a line; cut back to a checkpoint's step when a run goes on from it. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { MetricsRow } from './rows.ts';

/** Rows of a metrics file. A last line that was cut off by a crash is left out. */
export function readMetrics(file: string): MetricsRow[] {
  if (!existsSync(file)) return [];
  const rows: MetricsRow[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    try {
      rows.push(JSON.parse(line) as MetricsRow);
    } catch {
      break; // what follows a torn line was never written
    }
  }
  return rows;
}

/**
 * Drops the rows after `step`, which a run that goes on from there writes again, and the end of an earlier run.
 * @param evaluationAgain whether the evaluation of `step` itself comes again too
 */
export function truncateMetrics(file: string, step: number, evaluationAgain = false): void {
  if (!existsSync(file)) return;
  const again = (row: MetricsRow) =>
    row.kind === 'done' || (evaluationAgain && (row.kind === 'eval' || row.kind === 'pseudo') && row.step === step);
  const rows = readMetrics(file).filter((row) => row.step <= step && !again(row));
  const aside = `${file}.writing`;
  writeFileSync(aside, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  renameSync(aside, file);
}

export function appendMetrics(file: string, row: MetricsRow): void {
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}
