/**
 * What is measured of distillation: whether the teacher still recognizes anything, which rows had no counterpart, how
 * Eq 5 counts them.
 */
import type { Detector, PredictionPair } from '@sed/detectors';
import { gradientHistogram, highestClassProbability } from '@sed/losses';
import * as tf from '@tensorflow/tfjs-core';
import type { Measure } from '../method.ts';
import type { SedConfig } from './schema.ts';

/** Bins of the histogram where Eq 5 does not weigh the rows. */
const BINS = 10;

/**
 * `teacherMaxScore`, the highest class probability that the teacher gives anywhere; where the views differ in geometry
 * `leftOut`, the student's rows without a counterpart and all of them; and where `withHistogram` the counts of Eq 5,
 * all pairs together.
 */
export function measuresOf(
  pairs: readonly PredictionPair[],
  detector: Pick<Detector, 'pairs'>,
  config: Pick<SedConfig, 'weighting'>,
  withHistogram: boolean,
): Record<string, Measure> {
  const leftOut = rowsLeftOut(pairs);
  return {
    ...(withHistogram ? { histogram: { value: histogramOf(pairs, config), over: 'sum' } } : {}),
    teacherMaxScore: { value: highestScore(pairs, detector), over: 'max' },
    ...(leftOut ? { leftOut: { value: tf.tensor1d(leftOut), over: 'sum', names: ['rows', 'of'] } } : {}),
  };
}

function histogramOf(pairs: readonly PredictionPair[], { weighting }: Pick<SedConfig, 'weighting'>): tf.Tensor1D {
  const bins = weighting.kind === 'gradient-histogram' ? weighting.bins : BINS;
  const counts = pairs.map(
    (pair) => gradientHistogram(pair.a.logits, pair.b.logits, { activation: pair.activation, bins }).counts,
  );
  return counts.reduce((a, b) => tf.add(a, b));
}

/** The student's rows without a counterpart, and all of its rows; nothing where no view was moved. */
function rowsLeftOut(pairs: readonly PredictionPair[]): [number, number] | undefined {
  if (pairs.every((pair) => pair.leftOut === undefined)) return undefined;
  const sum = (count: (pair: PredictionPair) => number): number =>
    pairs.reduce((total, pair) => total + count(pair), 0);
  const left = sum((pair) => pair.leftOut ?? 0);
  return [left, left + sum((pair) => pair.b.logits.shape[0])];
}

/**
 * The highest class probability the teacher gives anywhere; the last class of a softmax is background. Proposals have
 * no class, and may stay sure of objects where nothing is recognized any more, so pairs with classes count where there
 * are some.
 */
function highestScore(pairs: readonly PredictionPair[], detector: Pick<Detector, 'pairs'>): tf.Scalar {
  const filled = pairs.filter(({ a }) => a.logits.shape[0] > 0);
  const withClasses = new Set(detector.pairs.filter(({ classified }) => classified).map(({ name }) => name));
  const classified = filled.filter(({ name }) => withClasses.has(name));
  const some = classified.length > 0 ? classified : filled;
  if (some.length === 0) return tf.scalar(0);
  const best = some.map(({ a, activation }): tf.Scalar => tf.max(highestClassProbability(a.logits, activation)));
  return best.reduce((a, b) => tf.maximum(a, b));
}
