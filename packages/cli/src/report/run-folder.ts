import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UsageError } from '../errors.ts';

/** A row of metrics.jsonl as the report needs it: `kind`, `step`, and whatever the kind has. */
export interface Row {
  readonly kind: string;
  readonly step: number;
  readonly [field: string]: unknown;
}

/** A field's value as people read it: a text as it is, other values as JSON. */
export const plainText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** What is on the disk of one run. */
export interface RunFolder {
  /** Absolute path. */
  readonly folder: string;
  /** The folder's own name. */
  readonly name: string;
  readonly config: { [key: string]: Json };
  readonly rows: readonly Row[];
  /** Lines of metrics.jsonl that are no JSON: a run that was killed while it wrote leaves one. */
  readonly damagedLines: number;
}

/** Reads a run folder. A resumed run has rows twice: of two rows of a kind, step and model the later one counts. */
export async function readRunFolder(folder: string): Promise<RunFolder> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new UsageError(`${folder} is no folder. Give the --out folder of a \`sed-cli train\`.`);
  }
  const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => {
    throw new Error(`${folder} has no metrics.jsonl: it is not the folder of a run, or the run has not started.`);
  });
  const configText = await readFile(join(folder, 'config.json'), 'utf8').catch(() => {
    throw new Error(`${folder} has no config.json: it is not the folder of a run.`);
  });
  let config: { [key: string]: Json };
  try {
    config = JSON.parse(configText) as { [key: string]: Json };
  } catch (error) {
    throw new Error(`${join(folder, 'config.json')} is not JSON: ${(error as Error).message}`);
  }
  const byKey = new Map<string, Row>();
  let damagedLines = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const row = parse(line);
    if (row === undefined) damagedLines++;
    else {
      const key = [row.kind, row.step, plainText(row['model'] ?? ''), plainText(row['code'] ?? '')].join('|');
      byKey.delete(key);
      byKey.set(key, row);
    }
  }
  const rows = [...byKey.values()].sort((a, b) => a.step - b.step);
  return { folder, name: basename(folder), config, rows, damagedLines };
}

function parse(line: string): Row | undefined {
  try {
    const row = JSON.parse(line) as Partial<Row>;
    return typeof row.kind === 'string' && typeof row.step === 'number' ? (row as Row) : undefined;
  } catch {
    return undefined;
  }
}

/** The number at `path` (`losses.supervised.classification` has dots in its last name: give the parts). */
export function numberAt(row: Row, ...path: string[]): number | undefined {
  let value: unknown = row;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Numbers of an array field; empty where there is none. */
export function numbersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((v): v is number => typeof v === 'number') : [];
}
