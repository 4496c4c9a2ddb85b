/**
 * Everything in a config that counts iterations, in one table: what changes the length of a run changes all of it, so that nothing
 * stays behind. A test walks the schema and finds a number that is in no table.
 */
import type { RunConfig } from './schema.ts';

/** A number, or a list of them, at `path`. A setting that the config's kinds do not have, or that is left out, counts nothing. */
export const ITERATION_COUNTS = [
  'iterations',
  'optimiser.warmup.steps',
  'schedule.milestones',
  'method.burnIn',
  'method.ramp',
  'method.alpha.at',
  'evaluation.every',
  'evaluation.at',
  'checkpoints.every',
  'telemetry.every',
  'telemetry.pseudoLabels.every',
] as const;

export type IterationCount = (typeof ITERATION_COUNTS)[number];

/** `"method.burnIn" 400 → 20`. */
export interface ChangedCount {
  readonly path: IterationCount;
  readonly before: number | readonly number[];
  readonly after: number | readonly number[];
}

/**
 * A copy of a config whose iterations are `iterations`, and in which everything else that counts them keeps its part of the run, to whole
 * iterations: 0 stays 0, nothing else becomes 0, and what ended within the run still does.
 */
export function scaleIterations(
  config: RunConfig,
  iterations: number,
): { config: RunConfig; changed: readonly ChangedCount[] } {
  const next = structuredClone(config);
  const factor = iterations / config.iterations;
  const scaled = (n: number): number => (n === 0 ? 0 : Math.max(1, Math.round(n * factor)));
  const changed: ChangedCount[] = [];
  for (const path of ITERATION_COUNTS) {
    const before = countAt(config, path);
    if (before === undefined) continue;
    const last = lastOf(path, next);
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

/** The greatest value that a setting may have in a run of `iterations`, where `method.burnIn` is set already. */
function lastOf(path: IterationCount, { iterations, method }: RunConfig): number {
  switch (path) {
    case 'optimiser.warmup.steps':
    case 'schedule.milestones':
    case 'method.burnIn':
    case 'method.alpha.at':
      return iterations - 1;
    case 'method.ramp':
      return iterations - method.burnIn;
    case 'evaluation.at':
      return iterations;
    default:
      return Infinity;
  }
}

function countAt(config: RunConfig, path: IterationCount): number | readonly number[] | undefined {
  const value = path.split('.').reduce<unknown>((v, key) => (v as Record<string, unknown> | undefined)?.[key], config);
  return typeof value === 'number' || Array.isArray(value) ? (value as number | number[]) : undefined;
}

function setCount(config: RunConfig, path: IterationCount, value: number | readonly number[]): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<unknown>((v, key) => (v as Record<string, unknown>)[key], config);
  (parent as Record<string, unknown>)[last] = value;
}
