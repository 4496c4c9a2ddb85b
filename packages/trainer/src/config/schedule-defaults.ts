/**
 * The paper's schedule in the run's own length: what a config leaves out of burn-in, milestones and warm-up has the part of the run that it
 * has in the paper's 180,000 iterations, where the numbers themselves would lie beyond the end of a run of minutes.
 */
import { isObject } from '../is-object.ts';
import { CUSTOM, PAPER } from './paper.ts';

/** Of the run, at most, where nothing is said of the warm-up: the paper's own is a 180th. */
const WARMUP_PART = 20;

type Fields = Record<string, unknown>;

/** A config (valid or not) with these defaults filled in. The argument is changed. */
export function fillScheduleDefaults(config: Fields): void {
  const { iterations } = config;
  if (typeof iterations !== 'number' || !Number.isInteger(iterations) || iterations < 1) return;
  if (iterations === PAPER.iterations) return;
  const scaled = (n: number) => Math.round((n * iterations) / PAPER.iterations);
  const { method } = config;
  if (isObject(method)) method['burnIn'] ??= Math.min(scaled(PAPER.burnIn), iterations - 1);
  const schedule = (config['schedule'] ??= { kind: 'step' });
  if (isObject(schedule) && schedule['kind'] === 'step') {
    const milestones = PAPER.milestones.map((m) => Math.max(1, scaled(m))).filter((m) => m < iterations);
    schedule['milestones'] ??= [...new Set(milestones)];
  }
  const optimiser = (config['optimiser'] ??= {});
  if (isObject(optimiser)) {
    const warmup = (optimiser['warmup'] ??= {});
    if (isObject(warmup)) warmup['steps'] ??= Math.min(CUSTOM.warmupSteps, Math.floor(iterations / WARMUP_PART));
  }
}
