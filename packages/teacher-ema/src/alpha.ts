/**
 * How α of Eq 4 moves over a run (Tab 9). `step` counts the iterations since the teacher was made.
 *
 * - `constant`: always `value`; the paper compares 0.95.
 * - `step`: `start` before iteration `at`, the first milestone of the learning rate, and `end` from there on; 0.99 and 0.9.
 * - `cosine`: half a cosine from `start` to `end`; 0.996 and 0.9.
 */
export type AlphaSchedule =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'step'; readonly start: number; readonly end: number; readonly at: number }
  | { readonly kind: 'cosine'; readonly start: number; readonly end: number };

/**
 * α at an iteration.
 *
 * @param step iteration, from 0
 * @param totalSteps iterations of the whole run; `cosine` reaches `end` at the last one, `totalSteps - 1`, and stays there
 * @returns α in [0, 1]
 * @throws if a number of the schedule is out of range
 */
export function alphaAt(schedule: AlphaSchedule, step: number, totalSteps: number): number {
  if (!(step >= 0)) throw new Error(`alphaAt: step is ${step}; iterations are counted from 0.`);
  switch (schedule.kind) {
    case 'constant':
      return checkAlpha(schedule.value, 'value');
    case 'step': {
      if (!(schedule.at >= 0))
        throw new Error(`alphaAt: schedule.at is ${schedule.at}; it must be an iteration, 0 or more.`);
      const [start, end] = [checkAlpha(schedule.start, 'start'), checkAlpha(schedule.end, 'end')];
      return step < schedule.at ? start : end;
    }
    case 'cosine': {
      if (!(totalSteps >= 1))
        throw new Error(`alphaAt: totalSteps is ${totalSteps}; a cosine schedule needs a run of 1 or more.`);
      const [start, end] = [checkAlpha(schedule.start, 'start'), checkAlpha(schedule.end, 'end')];
      const progress = totalSteps === 1 ? 1 : Math.min(step / (totalSteps - 1), 1);
      return end + ((start - end) * (1 + Math.cos(Math.PI * progress))) / 2;
    }
    default:
      throw new Error(
        `alphaAt: schedule.kind is '${String((schedule as { kind: unknown }).kind)}'; it must be 'constant', 'step' or 'cosine'.`,
      );
  }
}

function checkAlpha(alpha: number, field: string): number {
  if (!(alpha >= 0 && alpha <= 1))
    throw new Error(`alphaAt: schedule.${field} is ${alpha}; α must be between 0 and 1.`);
  return alpha;
}
