/**
 * Training on labels alone, with an average of the weights beside it, so that other methods' teachers have their like
 * to be compared with.
 */
import { Type, type Static } from '@sinclair/typebox';
import type { Method } from '../method.ts';
import {
  alphaOf,
  alphaSchema,
  ALPHA_STEP,
  BURN_IN,
  averagingTiming,
  burnInSchema,
  checkAveraging,
  rescaleAveraging,
} from '../schedules/alpha.ts';
import { required } from '../schema/parts.ts';
import { lossWatch, watchLosses, type LossWatch } from '../watch/watch.ts';
import { labeledViews, supervisedPart } from './part.ts';

const schema = required({
  kind: Type.Literal('supervised'),
  /** The average of the weights, kept from step `burnIn` on, so that SED's teacher has its like to be compared with. */
  burnIn: burnInSchema,
  alpha: alphaSchema,
});

export type SupervisedConfig = Static<typeof schema>;

/** The method `supervised`: networks `student` and, its average, `teacher`. */
export const supervised: Method<SupervisedConfig, LossWatch> = {
  kind: 'supervised',
  schema,
  counts: [BURN_IN, ALPHA_STEP],
  checkSchedule: checkAveraging,
  networks: (config, run) => ({
    student: { role: 'trained' },
    teacher: { role: 'averaged', of: 'student', from: config.burnIn, alpha: (step) => alphaOf(config, run, step) },
  }),
  views: (_, { labeledView }) => [labeledViews(labeledView)],
  parts: (step) => [supervisedPart(step, { network: 'student' })],
  memory: lossWatch,
  after: (report, memory) => watchLosses(memory, report),
  rescale: rescaleAveraging,
  timing: averagingTiming,
};
