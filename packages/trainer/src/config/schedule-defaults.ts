/**
 * The paper's schedule in the run's own length: what a config leaves out of burn-in, milestones and warm-up has the
 * part of the run that it has in the paper's 180,000 iterations, where the numbers themselves would lie beyond the end
 * of a run of minutes.
 */
import { isObject } from '../is-object.ts';
import { PAPER, type MethodSettings } from '@sed/methods';
import { CUSTOM } from './custom.ts';
import type { Methods } from './method-plan.ts';

/** Of the run, at most, where nothing is said of the warm-up: the paper's own is a 180th. */
const WARMUP_PART = 20;

type Fields = Record<string, unknown>;

/** A config (valid or not) with these defaults filled in. The argument is changed. */
export function fillScheduleDefaults(config: Fields, methods: Methods): void {
  const { iterations } = config;
  if (typeof iterations !== 'number' || !Number.isInteger(iterations) || iterations < 1) return;
  if (iterations === PAPER.iterations) return;
  const scaled = (n: number) => Math.round((n * iterations) / PAPER.iterations);
  const { method } = config;
  if (isObject(method)) fillMethod(method, iterations, scaled, methods);
  const schedule = (config['schedule'] ??= { kind: 'step' });
  if (isObject(schedule) && schedule['kind'] === 'step') {
    const milestones = PAPER.milestones.map((m) => Math.max(1, scaled(m))).filter((m) => m < iterations);
    schedule['milestones'] ??= [...new Set(milestones)];
  }
  const optimizer = (config['optimizer'] ??= {});
  if (isObject(optimizer)) {
    const warmup = (optimizer['warmup'] ??= {});
    if (isObject(warmup)) warmup['steps'] ??= Math.min(CUSTOM.warmupSteps, Math.floor(iterations / WARMUP_PART));
  }
}

/** What the method counts from the start of the run, and has a number of the paper for. */
function fillMethod(method: Fields, iterations: number, scaled: (n: number) => number, methods: Methods): void {
  const known = methods.find(({ kind }) => kind === method['kind']);
  for (const count of known?.counts ?? []) {
    const { path } = count;
    const number: unknown = known!.schema.properties[path]?.['default'];
    if (!count.scalesDefault || typeof number !== 'number') continue;
    method[path] ??= Math.min(scaled(number), count.last(method as unknown as MethodSettings, iterations));
  }
}
