import { checkChoice, checkNames, checkNumber } from '@sed/tensor-ops/arguments';

/**
 * How α of Eq 4 moves over a run (Tab 9). `step` counts the iterations since the teacher was made.
 *
 * - `constant`: always `value`; the paper compares 0.95.
 * - `step`: `start` before iteration `at`, the first milestone of the learning rate, and `end` from there on; 0.99 and
 *   0.9.
 * - `cosine`: half a cosine from `start` to `end`; 0.996 and 0.9.
 */
export type AlphaSchedule =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'step'; readonly start: number; readonly end: number; readonly at: number }
  | { readonly kind: 'cosine'; readonly start: number; readonly end: number };

/** The fields of each kind of schedule. */
const FIELDS = {
  constant: ['kind', 'value'],
  step: ['kind', 'start', 'end', 'at'],
  cosine: ['kind', 'start', 'end'],
} as const satisfies Record<AlphaSchedule['kind'], readonly string[]>;

/**
 * α at an iteration.
 *
 * @param step iteration, from 0
 * @param totalSteps iterations of the whole run; `cosine` reaches `end` at the last one, `totalSteps - 1`, and stays
 *   there
 * @returns α in [0, 1]
 * @throws Error where the schedule has an unknown kind or field, or a number is out of range
 */
export function alphaAt(schedule: AlphaSchedule, step: number, totalSteps: number): number {
  checkNumber('alphaAt', 'step', step, (s) => s >= 0, 'an iteration, counted from 0');
  checkSchedule(schedule);
  switch (schedule.kind) {
    case 'constant':
      return schedule.value;
    case 'step':
      return step < schedule.at ? schedule.start : schedule.end;
    case 'cosine': {
      checkNumber('alphaAt', 'totalSteps', totalSteps, (n) => n >= 1, '1 or more: a cosine schedule ends with the run');
      const { start, end } = schedule;
      const progress = totalSteps === 1 ? 1 : Math.min(step / (totalSteps - 1), 1);
      return end + ((start - end) * (1 + Math.cos(Math.PI * progress))) / 2;
    }
  }
}

function checkSchedule(schedule: AlphaSchedule): void {
  checkNames('alphaAt', 'schedule', schedule, [...new Set(Object.values(FIELDS).flat())]);
  const { kind } = schedule;
  checkChoice('alphaAt', 'schedule.kind', kind, Object.keys(FIELDS));
  checkNames('alphaAt', 'schedule', schedule, FIELDS[kind]);
  for (const field of FIELDS[kind]) {
    if (field === 'kind') continue;
    const value = (schedule as Partial<Record<typeof field, unknown>>)[field];
    const path = `schedule.${field}`;
    if (field === 'at') checkNumber('alphaAt', path, value, (at) => at >= 0, 'an iteration, 0 or more');
    else checkNumber('alphaAt', path, value, (alpha) => alpha >= 0 && alpha <= 1, 'between 0 and 1, as α is');
  }
}
