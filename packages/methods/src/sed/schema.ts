/** The settings of Scale-Equivalent Distillation. */
import { Type, type Static } from '@sinclair/typebox';
import { PAPER } from '../paper.ts';
import { alphaSchema, burnInSchema } from '../schedules/alpha.ts';
import { count, nonNegative, positiveInteger, required } from '../schema/parts.ts';

const weighting = Type.Union(
  [
    required({ kind: Type.Literal('gradient-histogram'), bins: positiveInteger(PAPER.bins) }),
    required({ kind: Type.Literal('uniform') }),
    required({ kind: Type.Literal('ohem'), keep: Type.Number({ exclusiveMinimum: 0, maximum: 1 }) }),
    required({ kind: Type.Literal('focal'), gamma: nonNegative(2) }),
  ],
  { default: { kind: 'gradient-histogram' } },
);

/**
 * One factor, or one by the name of each pair of the detector (`dense`, or `rpn` and `roi`); 1 where one is left out.
 */
const pairWeight = () =>
  Type.Union([nonNegative(1), Type.Record(Type.String(), Type.Number({ minimum: 0 }))], { default: 1 });

export const sedSchema = required({
  kind: Type.Literal('sed'),
  /** Supervised iterations before the teacher starts. */
  burnIn: burnInSchema,
  /** λ_s and λ_d; 0 turns the part off. */
  lambdaScale: nonNegative(PAPER.lambdaScale),
  lambdaDistill: nonNegative(PAPER.lambdaDistill),
  /** S: the reduced view is 1/2^s, s uniform in {1..S}. */
  maxShift: positiveInteger(PAPER.maxShift),
  weighting,
  alpha: alphaSchema,
  /**
   * Factors on the classification and on the regression terms of both unsupervised losses (not in the paper: 1). One
   * number, or one for each pair of the detector: `{ "rpn": 10, "roi": 1 }`, where the deltas of regions are ten times
   * those of anchors.
   */
  classificationWeight: pairWeight(),
  regressionWeight: pairWeight(),
  /**
   * Regression distance: the paper's mean over rows, or an average in which a row weighs its highest class probability,
   * and where it has a box a class (`roi`) each box that of its class.
   */
  regression: Type.Union([Type.Literal('mean'), Type.Literal('objectness')], { default: 'mean' }),
  /** Iterations after the burn-in over which the unsupervised weights rise linearly from 0 (not in the paper: 0). */
  ramp: count(0),
});

export type SedConfig = Static<typeof sedSchema>;
export type WeightingConfig = Static<typeof weighting>;
