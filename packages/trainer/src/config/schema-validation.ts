/** Settings that act on what validation measures: which checkpoint is kept as the best, and when a run stops early. */
import { nonNegative, positiveInteger, required } from '@sed/methods/schema';
import { Type } from '@sinclair/typebox';

/** COCO's twelve numbers, by the names in `metrics.jsonl`. */
const metric = () =>
  Type.Union(
    [
      Type.Literal('AP'),
      Type.Literal('AP50'),
      Type.Literal('AP75'),
      Type.Literal('APs'),
      Type.Literal('APm'),
      Type.Literal('APl'),
      Type.Literal('AR1'),
      Type.Literal('AR10'),
      Type.Literal('AR100'),
      Type.Literal('ARs'),
      Type.Literal('ARm'),
      Type.Literal('ARl'),
    ],
    { default: 'AP' },
  );

/** One of the evaluated networks; without it each of them, on its own. */
const model = () => Type.Optional(Type.String({ minLength: 1 }));

export const bestSchema = Type.Union([required({ metric: metric(), model: model() }), Type.Null()], {
  default: { metric: 'AP' },
});

export const earlyStoppingSchema = Type.Union(
  [
    required({
      metric: metric(),
      /** Whose metric; without it the higher one of the evaluated networks counts. */
      model: model(),
      /** Evaluations after the burn-in without a gain, after which the run stops. */
      patience: positiveInteger(5),
      /** What counts as a gain: more than this above the best before, 0..1 as the metric (0.002 is 0.2 AP). */
      minimumGain: nonNegative(0),
    }),
    Type.Null(),
  ],
  { default: null },
);
