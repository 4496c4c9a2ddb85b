/** `metrics.jsonl`: appended to, one row a line; cut back to a checkpoint's step when a run goes on from it. */
import { appendWhole, exists, readNamed, writeWhole } from '../disk/durable.ts';
import type { MetricsRow } from './rows.ts';

/**
 * Rows of a metrics file. A line that is none, as a crash or a damaged disk leaves it, is left out: those after it
 * stand for themselves.
 * @param onJunk told the number of each such line, from 1
 */
export function readMetrics(file: string, onJunk: (line: number) => void = () => {}): MetricsRow[] {
  if (!exists(file)) return [];
  const rows: MetricsRow[] = [];
  readNamed(file)
    .toString('utf8')
    .split('\n')
    .forEach((line, i) => {
      if (line.trim() === '') return;
      const row = parseRow(line);
      if (row) rows.push(row);
      else onJunk(i + 1);
    });
  return rows;
}

function parseRow(line: string): MetricsRow | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value read from a file has what every row has. */
export function isRow(value: unknown): value is MetricsRow {
  const { kind, step } = (value ?? {}) as Partial<MetricsRow>;
  return typeof kind === 'string' && Number.isSafeInteger(step) && step! >= 0;
}

/**
 * Drops the rows after `step`, which a run that goes on from there writes again, and the end of an earlier run.
 * @param evaluationAgain whether the evaluation of `step` itself comes again too
 * @param log told of lines that are no rows
 */
export function truncateMetrics(
  file: string,
  step: number,
  evaluationAgain = false,
  log: (message: string) => void = () => {},
): void {
  if (!exists(file)) return;
  const again = (row: MetricsRow) =>
    row.kind === 'done' || (evaluationAgain && (row.kind === 'eval' || row.kind === 'pseudo') && row.step === step);
  const junk: number[] = [];
  const rows = readMetrics(file, (line) => junk.push(line)).filter((row) => row.step <= step && !again(row));
  if (junk.length > 0) {
    const lines = `${junk.slice(0, 5).join(', ')}${junk.length > 5 ? ', …' : ''}`;
    log(`${file}: ${junk.length} ${junk.length === 1 ? 'line is' : 'lines are'} no row and left out (${lines}).`);
  }
  writeWhole(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** @throws Error that names the file; it is as it was then */
export function appendMetrics(file: string, row: MetricsRow): void {
  appendWhole(file, `${JSON.stringify(row)}\n`);
}
