/**
 * Scale-Equivalent Distillation: a mean teacher's dense predictions, and the student's own at half the size, as targets
 * (Eqs 1 to 5).
 */
import type { View } from '@sed/augment';
import type { IterationSetting, Method } from '../method.ts';
import { ALPHA_STEP, alphaOf, averagingTiming, BURN_IN, rescaleAveraging } from '../schedules/alpha.ts';
import { labeledViews, supervisedPart } from '../supervised/part.ts';
import { lossWatch, watchLosses, type LossWatch } from '../watch/watch.ts';
import { checkSed, checkSedSchedule } from './checks.ts';
import { sedPart } from './part.ts';
import { sedSchema, type SedConfig } from './schema.ts';

/**
 * Images of an unlabeled one that the student sees with a gradient: the full one and its half, which has a quarter of
 * the pixels.
 */
const STUDENT_VIEWS = 1.25;
/** Forward passes of one with its gradient. */
const WITH_GRADIENT = 3;

const RAMP: IterationSetting = {
  path: 'ramp',
  last: (config, iterations) => iterations - (config as SedConfig).burnIn,
};

/** The method `sed`: networks `student` and, its average, `teacher`. */
export const sed: Method<SedConfig, LossWatch> = {
  kind: 'sed',
  schema: sedSchema,
  counts: [BURN_IN, RAMP, ALPHA_STEP],
  check: checkSed,
  checkSchedule: checkSedSchedule,
  networks: (config, run) => ({
    student: { role: 'trained' },
    teacher: { role: 'averaged', of: 'student', from: config.burnIn, alpha: (step) => alphaOf(config, run, step) },
  }),
  views: ({ burnIn }, { labeledView }) => [
    labeledViews(labeledView),
    { source: 'unlabeled', from: burnIn, chains: { weak: ['weak'], strong: ['weak', 'strong'] } },
  ],
  halvings: ({ maxShift }) => maxShift,
  parts(step) {
    const { config, run, unlabeled } = step;
    const supervised = supervisedPart(step, { network: 'student' });
    if (unlabeled === undefined) return [supervised];
    const weight = (run.batch.unlabeled / run.batch.labeled) * rampFactor(config, step.step - config.burnIn);
    const shift = 1 + step.random('shift').integer(config.maxShift);
    const teacher = step.networks['teacher']!;
    return [
      supervised,
      sedPart(step, unlabeled as { weak: readonly View[]; strong: readonly View[] }, {
        network: 'student',
        teacher,
        weight,
        shift,
      }),
    ];
  },
  memory: lossWatch,
  after: (report, memory) => watchLosses(memory, report),
  rescale: rescaleAveraging,
  timing: averagingTiming,
  cost: () => ({ kept: STUDENT_VIEWS, passes: WITH_GRADIENT * STUDENT_VIEWS + 1 }),
};

/** The factor on the unsupervised losses `after` steps after the burn-in: 1, or a linear rise from 0. */
export function rampFactor({ ramp }: Pick<SedConfig, 'ramp'>, after: number): number {
  return ramp === 0 ? 1 : Math.min(1, (after + 1) / ramp);
}
