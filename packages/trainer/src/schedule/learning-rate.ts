import type { RunConfig } from '../config/schema.ts';

type Settings = Pick<RunConfig, 'optimiser' | 'schedule' | 'iterations'>;

/**
 * The learning rate of step `step` (0-based): a linear warm-up from `lr · factor` at step 0 to `lr` at step `warmup.steps - 1` (as
 * torchvision's references/detection), times the schedule's factor.
 */
export function learningRate({ optimiser, schedule, iterations }: Settings, step: number): number {
  return optimiser.lr * warmup(optimiser.warmup, step) * decay(schedule, iterations, step);
}

function warmup({ steps, factor }: { steps: number; factor: number }, step: number): number {
  if (step >= steps - 1) return 1;
  return factor + ((1 - factor) * step) / (steps - 1);
}

function decay(schedule: RunConfig['schedule'], iterations: number, step: number): number {
  if (schedule.kind === 'step') return schedule.factor ** schedule.milestones.filter((m) => step >= m).length;
  return schedule.end + (1 - schedule.end) * 0.5 * (1 + Math.cos((Math.PI * step) / iterations));
}
