/** Numbers of the learning rate's schedule. `warmup` rises linearly from `lr · factor` to `lr` in its steps. */
export interface RateSettings {
  readonly lr: number;
  readonly warmup: { readonly steps: number; readonly factor: number };
}

export type RateSchedule =
  | { readonly kind: 'step'; readonly milestones: readonly number[]; readonly factor: number }
  | { readonly kind: 'cosine'; readonly end: number };

/**
 * The learning rate of step `step` (0-based) of `iterations`: a linear warm-up from `lr · factor` at step 0 to `lr` at
 * step `warmup.steps - 1` (as torchvision's references/detection), times the schedule's factor.
 */
export function learningRate(
  { lr, warmup }: RateSettings,
  schedule: RateSchedule,
  iterations: number,
  step: number,
): number {
  return lr * warmupFactor(warmup, step) * decay(schedule, iterations, step);
}

function warmupFactor({ steps, factor }: RateSettings['warmup'], step: number): number {
  if (step >= steps - 1) return 1;
  return factor + ((1 - factor) * step) / (steps - 1);
}

function decay(schedule: RateSchedule, iterations: number, step: number): number {
  if (schedule.kind === 'step') return schedule.factor ** schedule.milestones.filter((m) => step >= m).length;
  return schedule.end + (1 - schedule.end) * 0.5 * (1 + Math.cos((Math.PI * step) / iterations));
}
