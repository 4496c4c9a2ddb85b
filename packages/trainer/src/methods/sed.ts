/** Scale-Equivalent Distillation on unlabeled views: `λ_d L_distill + λ_s L_scale` (Eqs 2 and 3). */
import { mapBetween } from '@sed/geometry';
import type { View } from '@sed/augment';
import { imageBatch, reduceBatch, withFoldedNorms, type Parameters, type PredictionPair } from '@sed/detectors';
import {
  gradientHistogram,
  scaleConsistencyLoss,
  selfDistillationLoss,
  type ConsistencyLoss,
  type ConsistencyOptions,
} from '@sed/losses';
import { randomStream } from '@sed/geometry';
import { phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { SedConfig } from '../config/schema.ts';
import { differentiate, type Differentiated, type WeightedLoss } from './gradients.ts';
import type { Model } from './model.ts';
import { scoped } from './scoped.ts';

export interface SedViews {
  /** What the teacher sees. */
  readonly weak: readonly View[];
  /** What the student sees, and its reduced copy: of the size of `weak`, in its geometry or moved (`augment.geometry`). */
  readonly strong: readonly View[];
}

export interface SedStepOptions {
  /** n_u / n_s times the ramp, times this part's share of the step's images. */
  readonly weight: number;
  /** s: the reduced view is 1/2^s. */
  readonly shift: number;
  /** Whether to measure the histogram of Eq 5 (of distillation, all pairs together). */
  readonly histogram: boolean;
}

/** s of a step, uniform in {1..S}. */
export function shiftOf(seed: number, step: number, maxShift: number): number {
  return 1 + randomStream(seed, 'shift', step).integer(maxShift);
}

/** The factor on the unsupervised losses `after` steps after the burn-in: 1, or a linear rise from 0. */
export function rampFactor({ ramp }: Pick<SedConfig, 'ramp'>, after: number): number {
  return ramp === 0 ? 1 : Math.min(1, (after + 1) / ramp);
}

/**
 * Gradients of the unsupervised losses with respect to the student. `measured`: `histogram`, `teacherMaxScore`, and where the views differ in
 * geometry `leftOut [2]`: the student's rows without a counterpart in distillation, and all of them.
 */
export function sedGradients<F>(
  model: Model<F>,
  teacher: Parameters,
  views: SedViews,
  config: SedConfig,
  options: SedStepOptions,
): Differentiated {
  const { detector, trainable, batching } = model;
  const { weight, shift } = options;
  const distills = config.lambdaDistill > 0;
  const scales = config.lambdaScale > 0;
  return scoped(() => {
    const [strong, weak] = phase('images to tensors', () => [
      imageBatch(views.strong, batching),
      distills ? imageBatch(views.weak, batching) : undefined,
    ]);
    // outside of the gradient's tape: nothing of the teacher is recorded
    const soft = weak && phase('teacher forward', () => detector.forward(teacher, weak));
    const compute = (student: Parameters): { losses: WeightedLoss[]; measured: Record<string, tf.Tensor> } => {
      const full = phase('student forward, full', () => detector.forward(student, strong));
      const losses: WeightedLoss[] = [];
      const measured: Record<string, tf.Tensor> = {};
      if (soft !== undefined) {
        const maps = views.weak.map((view, i) => mapBetween(view, views.strong[i]!));
        const pairs = phase('pairs', () => detector.distillationPairs(soft, full, maps));
        phase('unsupervised losses', () => {
          for (const pair of pairs) {
            const loss = selfDistillationLoss(pair.a, pair.b, consistencyOptions(config, pair));
            losses.push(...weighted('distillation', pair, loss, config, weight * config.lambdaDistill));
          }
        });
        phase('measurements', () => {
          measured['teacherMaxScore'] = teacherMaxScore(pairs);
          if (options.histogram) measured['histogram'] = histogramOf(pairs, config);
          const leftOut = leftOutOf(pairs);
          if (leftOut) measured['leftOut'] = tf.tensor1d(leftOut);
        });
      }
      if (scales) {
        const reduced = phase('student forward, half', () => detector.forward(student, reduceBatch(strong, shift)));
        const pairs = phase('pairs', () => detector.scalePairs(full, reduced, shift));
        phase('unsupervised losses', () => {
          for (const pair of pairs) {
            const loss = scaleConsistencyLoss(pair.a, pair.b, consistencyOptions(config, pair));
            losses.push(...weighted('scale', pair, loss, config, weight * config.lambdaScale));
          }
        });
      }
      return { losses, measured };
    };
    return phase('unsupervised backward', () =>
      differentiate(trainable, () => withFoldedNorms(model.student, compute)),
    );
  });
}

function consistencyOptions(config: SedConfig, pair: PredictionPair): ConsistencyOptions {
  return { activation: pair.activation, weighting: config.weighting, regression: { kind: regressionOf(config, pair) } };
}

/** Of a head with a box a class, each box weighs the probability of its class: the others mean nothing, and labels do not train them. */
function regressionOf({ regression }: SedConfig, { a }: PredictionPair): 'mean' | 'objectness' | 'class' {
  const boxes = a.deltas.shape[1] / 4;
  return regression === 'objectness' && boxes > 1 ? 'class' : regression;
}

function weighted(
  part: 'distillation' | 'scale',
  { name }: PredictionPair,
  { classification, regression }: ConsistencyLoss,
  { classificationWeight, regressionWeight }: SedConfig,
  weight: number,
): WeightedLoss[] {
  return [
    { name: `${part}.${name}.classification`, value: classification, weight: weight * of(classificationWeight, name) },
    { name: `${part}.${name}.regression`, value: regression, weight: weight * of(regressionWeight, name) },
  ];
}

/** The weight of a pair by its name. */
function of(weights: SedConfig['regressionWeight'], pair: string): number {
  return typeof weights === 'number' ? weights : ((weights as Partial<Record<string, number>>)[pair] ?? 1);
}

function histogramOf(pairs: readonly PredictionPair[], config: SedConfig): tf.Tensor1D {
  const bins = config.weighting.kind === 'gradient-histogram' ? config.weighting.bins : 10;
  const counts = pairs.map(
    (pair) => gradientHistogram(pair.a.logits, pair.b.logits, { activation: pair.activation, bins }).counts,
  );
  return counts.reduce((a, b) => tf.add(a, b));
}

/** The student's rows without a counterpart, and all of its rows; nothing where no view was moved. */
function leftOutOf(pairs: readonly PredictionPair[]): [number, number] | undefined {
  if (pairs.every((pair) => pair.leftOut === undefined)) return undefined;
  const sum = (of: (pair: PredictionPair) => number): number => pairs.reduce((total, pair) => total + of(pair), 0);
  const left = sum((pair) => pair.leftOut ?? 0);
  return [left, left + sum((pair) => pair.b.logits.shape[0])];
}

/**
 * The highest class probability the teacher gives anywhere; the last class of a softmax is background. Proposals have no class, and may
 * stay sure of objects where nothing is recognised any more, so of two stages the second counts.
 */
function teacherMaxScore(pairs: readonly PredictionPair[]): tf.Scalar {
  const filled = pairs.filter(({ a }) => a.logits.shape[0] > 0);
  const classified = filled.filter(({ name }) => name !== 'rpn');
  const some = classified.length > 0 ? classified : filled;
  if (some.length === 0) return tf.scalar(0);
  const best = some.map(({ a, activation }): tf.Scalar => {
    if (activation === 'sigmoid') return tf.sigmoid(tf.max(a.logits));
    const classes = a.logits.shape[1] - 1;
    return tf.max(tf.slice(tf.softmax(a.logits), [0, 0], [-1, classes]));
  });
  return best.reduce((a, b) => tf.maximum(a, b));
}
