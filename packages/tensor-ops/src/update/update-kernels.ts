/**
 * The kernels that update weights.
 *
 * A step of an optimizer reads and writes every weight of a model and computes next to nothing, so what counts is how
 * often memory is gone over and how many ops are started. These kernels take lists of tensors. A list stands for one
 * long vector, its tensors end to end: lists need the same number of values, but need not be cut into the same tensors.
 *
 * No kernel changes its inputs' memory: a tensor may share it with others (a teacher starts with the student's).
 *
 * The compositions of stock ops join their lists to vectors first: a step is then a handful of ops instead of several
 * for each of a hundred variables, each of which costs tens of microseconds whatever its size.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';
import { inputList, type ListInputs } from '../list-inputs.ts';
import { cutVector, joinList } from './vectors.ts';

export interface MomentumStepAttributes {
  readonly weights: number;
  readonly velocities: number;
  /**
   * Tensors of each term of the gradient: one or two numbers. The terms are vectors of their own, one list after
   * another.
   */
  readonly gradients: readonly number[];
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly scale: number;
}
export interface MovingAverageAttributes {
  readonly count: number;
  readonly alpha: number;
}
export interface SquaredNormAttributes {
  /** Tensors of each of one or two terms, which are added before they are squared. */
  readonly values: readonly number[];
}

/** A list cut into consecutive parts of these lengths. */
function cutList(list: readonly Tensor[], lengths: readonly number[]): Tensor[][] {
  let at = 0;
  return lengths.map((length) => list.slice(at, (at += length)));
}

/** The sum of the terms as one vector. */
function sumOf(list: readonly Tensor[], lengths: readonly number[]): Tensor1D {
  return cutList(list, lengths)
    .map(joinList)
    .reduce((a, b) => tf.add(a, b));
}

const total = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);

/**
 * `weight0…`, `velocity0…` (none: zeros), `gradient0…` → new weights, then new velocities, which are cut as the
 * velocities are, or where there are none as the first term of the gradient is: `g = scale · Σ terms + weightDecay ·
 * w`, `v ← momentum · v + g`, `w ← w - lr · v`.
 */
export const momentumStepKernel = defineKernel<
  ListInputs<'weight' | 'velocity' | 'gradient'>,
  MomentumStepAttributes,
  Tensor[]
>('SedMomentumStep', (inputs, attributes) => {
  const { lr, momentum, weightDecay, scale } = attributes;
  const weights = inputList(inputs, 'weight', attributes.weights);
  const velocities = inputList(inputs, 'velocity', attributes.velocities);
  const gradients = inputList(inputs, 'gradient', total(attributes.gradients));
  const w = joinList(weights);
  let g = sumOf(gradients, attributes.gradients);
  if (scale !== 1) g = tf.mul(g, scale);
  if (weightDecay > 0) g = tf.add(g, tf.mul(w, weightDecay));
  const v = velocities.length > 0 && momentum > 0 ? tf.add<Tensor1D>(tf.mul(joinList(velocities), momentum), g) : g;
  const cuts = velocities.length > 0 ? velocities : gradients.slice(0, attributes.gradients[0]);
  return [
    ...cutVector(
      tf.sub(w, tf.mul(v, lr)),
      weights.map((t) => t.shape),
    ),
    ...cutVector(
      v,
      cuts.map((t) => t.shape),
    ),
  ];
});

/**
 * `target0…`, `source0…`, as many → new targets: `alpha · target + (1 - alpha) · source`. Shapes agree pair by pair.
 */
export const movingAverageKernel = defineKernel<ListInputs<'target' | 'source'>, MovingAverageAttributes, Tensor[]>(
  'SedMovingAverage',
  (inputs, { count, alpha }) => {
    const sources = inputList(inputs, 'source', count);
    return inputList(inputs, 'target', count).map((target, i) =>
      tf.add(tf.mul(target, alpha), tf.mul(sources[i]!, 1 - alpha)),
    );
  },
);

/** `value0…` → a scalar, the sum of the squares of all values. */
export const squaredNormKernel = defineKernel<ListInputs<'value'>, SquaredNormAttributes, Scalar>(
  'SedSquaredNorm',
  (inputs, { values }) => {
    const [first, second] = cutList(inputList(inputs, 'value', total(values)), values) as [Tensor[], Tensor[]?];
    const alike = second === undefined || second.every((t, i) => t.size === first[i]?.size);
    if (!alike) return sumOfSquares(tf.add(joinList(first), joinList(second)));
    const sums = first.map((t, i) => (second ? tf.add(tf.reshape(t, [-1]), tf.reshape(second[i]!, [-1])) : t));
    return sums.map(sumOfSquares).reduce((a, b) => tf.add(a, b));
  },
);

/** Values that are added one after another. */
const ROW = 64;

/**
 * Adds up rows, then their sums, and so on: a backend that adds millions of values one after another in single
 * precision (wasm) loses those that are small beside the sum, 3 parts in a thousand of 11 million squares.
 */
function sumOfSquares(values: Tensor): Scalar {
  let left: Tensor1D = tf.square(tf.reshape(values, [-1]));
  while (left.size > ROW) {
    const whole = Math.floor(left.size / ROW) * ROW;
    const sums: Tensor1D = tf.sum(tf.reshape(tf.slice(left, [0], [whole]), [-1, ROW]), 1);
    left = whole === left.size ? sums : tf.concat1d([sums, tf.slice(left, [whole], [-1])]);
  }
  return tf.sum(left);
}
