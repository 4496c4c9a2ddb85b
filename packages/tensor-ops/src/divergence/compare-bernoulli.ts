import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { defineKernel, runKernel, type NoAttributes } from '../kernel.ts';

/**
 * With p' = σ(target) and p = σ(source), the sums over the classes of a row. (A type and no interface, so that
 * `tf.dispose` takes it.)
 */
export type BernoulliComparison = {
  /** p - p', `[N, C]`. */
  readonly difference: Tensor2D;
  /** Σ |p - p'|, `[N]`. */
  readonly lengths: Tensor1D;
  /** D_KL(p' ‖ p), `[N]`, 0 or more. */
  readonly directed: Tensor1D;
  /** D_KL(p' ‖ p) + D_KL(p ‖ p'), `[N]`. */
  readonly symmetric: Tensor1D;
};

/**
 * Two matrices of logits compared as independent Bernoullis, in one op where the backend has it. None of it has a
 * gradient: that of either divergence by `source` is known from `difference`.
 * @throws Error for shapes that differ
 */
export function compareBernoulli(target: Tensor2D, source: Tensor2D): BernoulliComparison {
  if (target.rank !== 2 || !tf.util.arraysEqual(target.shape, source.shape)) {
    throw new Error(
      `compareBernoulli: target and source must both be [N, C], got [${target.shape}] and [${source.shape}]`,
    );
  }
  const [difference, lengths, directed, symmetric] = runKernel(compareBernoulliKernel, { target, source }, {});
  return { difference, lengths, directed, symmetric };
}

/** `[N, C]` both. */
export interface CompareBernoulliInputs {
  readonly target: Tensor2D;
  readonly source: Tensor2D;
}
type Comparison = [difference: Tensor2D, lengths: Tensor1D, directed: Tensor1D, symmetric: Tensor1D];

/** → what `compareBernoulli` gives. */
export const compareBernoulliKernel = defineKernel<CompareBernoulliInputs, NoAttributes, Comparison>(
  'SedCompareBernoulli',
  composed,
);

/** Of stock ops, with log σ(x) = x - softplus(x) and log σ(-x) = -softplus(x). */
function composed({ target, source }: CompareBernoulliInputs): Comparison {
  const wanted = tf.sigmoid(target);
  const difference = tf.sub(tf.sigmoid(source), wanted);
  const cross = tf.mul(wanted, tf.sub(target, source));
  const directed = tf.sum(tf.add(cross, tf.sub(tf.softplus(source), tf.softplus(target))), 1);
  // in the sum of both directions the normalizers cancel
  const symmetric = tf.sum(tf.mul(difference, tf.sub(source, target)), 1);
  // a divergence is not negative; what rounding leaves below zero is no information
  return [difference, tf.sum(tf.abs(difference), 1), tf.relu(directed), symmetric] as Comparison;
}
