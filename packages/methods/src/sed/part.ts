/** Scale-Equivalent Distillation on unlabeled views: `λ_d L_distill + λ_s L_scale` (Eqs 2 and 3). */
import type { View } from '@sed/augment';
import { imageBatch, reduceBatch, withFoldedNorms, type Parameters, type PredictionPair } from '@sed/detectors';
import { mapBetween } from '@sed/geometry';
import { scaleConsistencyLoss, selfDistillationLoss, type ConsistencyLoss, type ConsistencyOptions } from '@sed/losses';
import { phase } from '@sed/tensor-ops';
import type { Measure, Objective, Part, StepContext, Term } from '../method.ts';
import { measuresOf } from './measures.ts';
import type { SedConfig } from './schema.ts';

export interface SedViews {
  /** What the teacher sees. */
  readonly weak: readonly View[];
  /**
   * What the student sees, and its reduced copy: of the size of `weak`, in its geometry or moved (`augment.geometry`).
   */
  readonly strong: readonly View[];
}

export interface SedPartOptions {
  readonly network: string;
  readonly teacher: Parameters;
  /** n_u / n_s times the ramp. */
  readonly weight: number;
  /** s: the reduced view is 1/2^s. */
  readonly shift: number;
}

/**
 * Both unsupervised losses for each pair of the detector, under `distillation.PAIR.…` and `scale.PAIR.…`, weighted as
 * the settings say. Measures: see {@link measuresOf}.
 */
export function sedPart(
  step: Pick<StepContext<SedConfig>, 'config' | 'detector' | 'batching' | 'measuring' | 'randomOfPart'>,
  views: SedViews,
  { network, teacher, weight, shift }: SedPartOptions,
): Part {
  const { config, detector, batching } = step;
  const distills = config.lambdaDistill > 0;
  const scales = config.lambdaScale > 0;
  const prepare = () => {
    const [strong, weak] = phase('images to tensors', () => [
      imageBatch(views.strong, batching),
      distills ? imageBatch(views.weak, batching) : undefined,
    ]);
    // outside of the gradient's tape: nothing of the teacher is recorded
    const soft = weak && phase('teacher forward', () => detector.forward(teacher, weak));
    const compute = (student: Parameters): Objective => {
      const full = phase('student forward, full', () =>
        detector.forward(student, strong, { random: step.randomOfPart('forward, full') }),
      );
      const terms: Term[] = [];
      let measured: Record<string, Measure> = {};
      if (soft !== undefined) {
        const maps = views.weak.map((view, i) => mapBetween(view, views.strong[i]!));
        const pairs = phase('pairs', () => detector.distillationPairs(soft, full, maps));
        phase('unsupervised losses', () => {
          for (const pair of pairs) {
            const loss = selfDistillationLoss(pair.a, pair.b, consistencyOptions(config, pair));
            terms.push(...weighted('distillation', pair, loss, config, weight * config.lambdaDistill));
          }
        });
        measured = phase('measurements', () => measuresOf(pairs, detector, config, step.measuring));
      }
      if (scales) {
        const reduced = phase('student forward, half', () =>
          detector.forward(student, reduceBatch(strong, shift), { random: step.randomOfPart('forward, half') }),
        );
        const pairs = phase('pairs', () => detector.scalePairs(full, reduced, shift));
        phase('unsupervised losses', () => {
          for (const pair of pairs) {
            const loss = scaleConsistencyLoss(pair.a, pair.b, consistencyOptions(config, pair));
            terms.push(...weighted('scale', pair, loss, config, weight * config.lambdaScale));
          }
        });
      }
      return { terms, measured };
    };
    return (parameters: Parameters) => withFoldedNorms(parameters, compute);
  };
  return { name: 'unsupervised', network, prepare };
}

function consistencyOptions(config: SedConfig, pair: PredictionPair): ConsistencyOptions {
  return {
    activation: pair.activation,
    weighting: config.weighting,
    regression: { kind: regressionOf(config, pair) },
  };
}

/**
 * Of a head with a box a class, each box weighs the probability of its class: the others mean nothing, and labels do
 * not train them.
 */
function regressionOf({ regression }: SedConfig, { a }: PredictionPair): 'mean' | 'objectness' | 'class' {
  const boxes = a.deltas.shape[1] / 4;
  return regression === 'objectness' && boxes > 1 ? 'class' : regression;
}

function weighted(
  loss: 'distillation' | 'scale',
  { name }: PredictionPair,
  { classification, regression }: ConsistencyLoss,
  { classificationWeight, regressionWeight }: SedConfig,
  weight: number,
): Term[] {
  return [
    {
      name: `${loss}.${name}.classification`,
      value: classification,
      weight: weight * weightOfPair(classificationWeight, name),
    },
    { name: `${loss}.${name}.regression`, value: regression, weight: weight * weightOfPair(regressionWeight, name) },
  ];
}

function weightOfPair(weights: SedConfig['regressionWeight'], pair: string): number {
  return typeof weights === 'number' ? weights : (weights[pair] ?? 1);
}
