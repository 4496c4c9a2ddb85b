import { alphaAt } from '@sed/teacher-ema';
import type { RunConfig } from '../config/schema.ts';

type Settings = Pick<RunConfig, 'method' | 'schedule' | 'iterations'>;

/** α of the teacher's update in step `step` (0-based), or null before the burn-in ends. */
export function alphaOf({ method, schedule, iterations }: Settings, step: number): number | null {
  const { alpha, burnIn } = method;
  if (step < burnIn) return null;
  // steps are counted from the burn-in's end there, from the run's start in a config
  const since = step - burnIn;
  if (alpha.kind !== 'step') return alphaAt(alpha, since, iterations - burnIn);
  const at = alpha.at ?? (schedule.kind === 'step' ? schedule.milestones[0] : undefined);
  if (at === undefined)
    throw new Error('"method.alpha.at" is missing, and the learning rate has no milestone to take its place.');
  return alphaAt(
    { kind: 'step', start: alpha.start, end: alpha.end, at: Math.max(0, at - burnIn) },
    since,
    iterations - burnIn,
  );
}
