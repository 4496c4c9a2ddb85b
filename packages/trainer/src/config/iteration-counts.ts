/**
 * Everything in a config that counts iterations, in one table: what changes the length of a run changes all of it, so
 * that nothing stays behind. A test walks the schema and finds a number that is in no table.
 */
import { methodOf, type Methods } from './method-plan.ts';
import type { RunConfig } from './schema.ts';

/**
 * A number, or a list of them, and the greatest value that it may have in a config whose counts before it are set
 * already.
 */
interface IterationCount {
  readonly path: string;
  last: (config: RunConfig) => number;
}

const beforeTheEnd = ({ iterations }: RunConfig): number => iterations - 1;
const anywhere = (): number => Infinity;

/** Of every config; a setting that the config's kinds do not have, or that is left out, counts nothing. */
const BEFORE_METHOD: readonly IterationCount[] = [
  { path: 'iterations', last: anywhere },
  { path: 'optimizer.warmup.steps', last: beforeTheEnd },
  { path: 'schedule.milestones', last: beforeTheEnd },
];
const AFTER_METHOD: readonly IterationCount[] = [
  { path: 'evaluation.every', last: anywhere },
  { path: 'evaluation.at', last: ({ iterations }) => iterations },
  { path: 'checkpoints.every', last: anywhere },
  { path: 'telemetry.every', last: anywhere },
  { path: 'telemetry.pseudoLabels.every', last: anywhere },
];

/** All of them, with those of the config's method. */
export function iterationCounts(config: Pick<RunConfig, 'method'>, methods: Methods): readonly IterationCount[] {
  const ofMethod = (methodOf(config, methods).counts ?? []).map((count) => ({
    path: `method.${count.path}`,
    last: ({ method, iterations }: RunConfig) => count.last(method, iterations),
  }));
  return [...BEFORE_METHOD, ...ofMethod, ...AFTER_METHOD];
}

/** `"method.burnIn" 400 → 20`. */
export interface ChangedCount {
  readonly path: string;
  readonly before: number | readonly number[];
  readonly after: number | readonly number[];
}

/**
 * A copy of a config whose iterations are `iterations`, and in which everything else that counts them keeps its part of
 * the run, to whole iterations: 0 stays 0, nothing else becomes 0, and what ended within the run still does.
 */
export function scaleIterations(
  config: RunConfig,
  iterations: number,
  methods: Methods,
): { config: RunConfig; changed: readonly ChangedCount[] } {
  const next = structuredClone(config);
  const factor = iterations / config.iterations;
  const scaled = (n: number): number => (n === 0 ? 0 : Math.max(1, Math.round(n * factor)));
  const changed: ChangedCount[] = [];
  for (const { path, last: lastIn } of iterationCounts(config, methods)) {
    const before = countAt(config, path);
    if (before === undefined) continue;
    const last = lastIn(next);
    const bounded = (n: number): number => Math.max(0, Math.min(scaled(n), last));
    // milestones that fall together are one
    const after = typeof before === 'number' ? bounded(before) : [...new Set(before.map(bounded))].filter((n) => n > 0);
    setCount(next, path, after);
    if (String(before) !== String(after)) changed.push({ path, before, after });
  }
  return { config: next, changed };
}

/** Sentences of what {@link scaleIterations} did, for the user. */
export function describeCounts(changed: readonly ChangedCount[]): string {
  const text = (value: number | readonly number[]) => (typeof value === 'number' ? String(value) : value.join(', '));
  return changed.map(({ path, before, after }) => `"${path}" ${text(before)} becomes ${text(after)}`).join('; ');
}

function countAt(config: RunConfig, path: string): number | readonly number[] | undefined {
  const value = path.split('.').reduce<unknown>((v, key) => (v as Record<string, unknown> | undefined)?.[key], config);
  return typeof value === 'number' || Array.isArray(value) ? (value as number | number[]) : undefined;
}

function setCount(config: RunConfig, path: string, value: number | readonly number[]): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<unknown>((v, key) => (v as Record<string, unknown>)[key], config);
  (parent as Record<string, unknown>)[last] = value;
}
