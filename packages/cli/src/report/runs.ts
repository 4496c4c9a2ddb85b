import { networkLabel, networksOf, type Network } from '../runs/networks.ts';
import type { Json, Row, RunFolder } from './run-folder.ts';
import { numberAt } from './run-folder.ts';

/** The colors of the runs, in order: light page, dark page. Far apart also for the color-blind. */
const COLORS: readonly (readonly [string, string])[] = [
  ['#1f5fd0', '#7aa8ff'],
  ['#c2590a', '#ff9f57'],
  ['#0b7a5c', '#4fd1a9'],
  ['#8a3fc4', '#c798ff'],
  ['#b3265e', '#ff82ae'],
  ['#5a6472', '#a9b4c2'],
  ['#7a6a00', '#dcc63c'],
  ['#00728a', '#5ecbe6'],
];

/** One evaluation of one network. */
export interface Evaluation {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly perClass: readonly (readonly [string, number])[];
  readonly images: number | undefined;
}

export interface Evaluations {
  /**
   * The highest by the run's `checkpoints.best`, of equal ones the first: the one whose checkpoint is kept. Without one
   * above 0 the last.
   */
  readonly best: Evaluation;
  readonly last: Evaluation;
  readonly count: number;
}

/** A network of a run with what its evaluations found. */
export interface RunNetwork extends Network {
  /** What the page calls it. */
  readonly label: string;
  /** Undefined where it was not evaluated. */
  readonly evaluations: Evaluations | undefined;
}

/** A run as the page shows it. */
export interface ReportRun extends RunFolder {
  /** Unique on the page. */
  readonly label: string;
  readonly color: readonly [string, string];
  readonly method: string;
  /** What is equal in runs that are compared: fold and seed. */
  readonly pairKey: string;
  readonly seed: number | undefined;
  readonly fold: number | undefined;
  readonly burnIn: number | undefined;
  readonly iterations: number | undefined;
  readonly lastStep: number;
  readonly finished: boolean;
  /** Why early stopping ended the run; undefined where it did not. */
  readonly stoppedEarly: string | undefined;
  /** The metric by which a checkpoint is the best. */
  readonly bestBy: string;
  /** Averaged ones first: of equal values theirs counts. */
  readonly networks: readonly RunNetwork[];
  /** Median seconds a step. */
  readonly secondsPerStep: number | undefined;
  readonly warnings: readonly Row[];
}

/** Puts names, colors and final numbers to run folders. */
export function describeRuns(folders: readonly RunFolder[]): ReportRun[] {
  const names = folders.map((f) => f.name);
  return folders.map((folder, i) => {
    const { rows, config } = folder;
    const rowsOfKind = (kind: string) => rows.filter((r) => r.kind === kind);
    const train = rowsOfKind('train');
    const evals = rowsOfKind('eval');
    const method = textIn(config, 'method', 'kind') ?? 'unknown';
    const seed = numberIn(config, 'seed');
    const fold = numberIn(config, 'data', 'split', 'fold');
    const bestBy = textIn(config, 'checkpoints', 'best', 'metric') ?? 'AP';
    return {
      ...folder,
      label: names.filter((n) => n === folder.name).length > 1 ? `${folder.name} (${i + 1})` : folder.name,
      color: COLORS[i % COLORS.length]!,
      method,
      pairKey: `fold ${fold ?? '-'}, seed ${seed ?? '-'}`,
      seed,
      fold,
      burnIn: numberIn(config, 'method', 'burnIn'),
      iterations: numberIn(config, 'iterations'),
      lastStep: Math.max(0, ...rows.map((r) => r.step)),
      finished: rowsOfKind('done').length > 0,
      stoppedEarly: textAt(rowsOfKind('done').at(-1), 'stoppedEarly'),
      bestBy,
      networks: evaluatedNetworks(networksOf(statedIn(rows), evals.flatMap(modelOf)), method, evals, bestBy),
      secondsPerStep: median(train.slice(Math.floor(train.length / 2)).flatMap((r) => numberAt(r, 'seconds') ?? [])),
      warnings: rowsOfKind('warning'),
    };
  });
}

/** `networks` of the last start that has it. */
function statedIn(rows: readonly Row[]): unknown {
  return rows
    .filter((r) => r.kind === 'start' || r.kind === 'resume')
    .reduce<unknown>((a, r) => r['networks'] ?? a, undefined);
}

/** The network of an evaluation; a row may have anything there. */
const modelOf = (row: Row): string[] => (typeof row['model'] === 'string' ? [row['model']] : []);

function evaluatedNetworks(
  all: readonly Network[],
  method: string,
  rows: readonly Row[],
  bestBy: string,
): RunNetwork[] {
  return all.map((network) => ({
    ...network,
    label: networkLabel(network, method, all),
    evaluations: evaluationsOf(rows, network.name, bestBy),
  }));
}

function evaluationsOf(rows: readonly Row[], model: string, bestBy: string): Evaluations | undefined {
  const all = rows
    .filter((row) => row['model'] === model)
    .map((row): Evaluation => ({
      step: row.step,
      metrics: numbersIn(row['metrics']),
      perClass: perClassOf(row['perClass']),
      images: numberAt(row, 'images'),
    }));
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const value = (one: Evaluation) => one.metrics[bestBy] ?? -1;
  const highest = all.reduce((a, b) => (value(b) > value(a) ? b : a));
  return { best: value(highest) > 0 ? highest : last, last, count: all.length };
}

/** The numbers of an object by name; a file may have anything there. */
function numbersIn(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}

/** AP by class, written as `{name: AP}`, `{name: {AP}}` or `[{name, AP}]`. */
function perClassOf(value: unknown): [string, number][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string, unknown][] = Array.isArray(value)
    ? value.map((v: { name?: unknown; category?: unknown }) => [String(v?.name ?? v?.category), v])
    : Object.entries(value);
  return entries.flatMap(([name, v]): [string, number][] => {
    const ap = typeof v === 'number' ? v : (v as { AP?: unknown } | null)?.AP;
    return typeof ap === 'number' ? [[name, ap]] : [];
  });
}

function textAt(row: Row | undefined, field: string): string | undefined {
  const value = row?.[field];
  return typeof value === 'string' ? value : undefined;
}

export function valueIn(config: Json, ...path: string[]): Json | undefined {
  let value: Json | undefined = config;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = value[key];
  }
  return value;
}

function numberIn(config: Json, ...path: string[]): number | undefined {
  const value = valueIn(config, ...path);
  return typeof value === 'number' ? value : undefined;
}

function textIn(config: Json, ...path: string[]): string | undefined {
  const value = valueIn(config, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Standard deviation of a sample (n − 1); undefined for fewer than two values. */
export function deviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const m = mean(values);
  return Math.sqrt(values.reduce((a, v) => a + (v - m) ** 2, 0) / (values.length - 1));
}
