import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { runKernels } from '../convolution/run.ts';
import { SED_COMPARE_BERNOULLI } from './kernels.ts';

/** With p' = σ(target) and p = σ(source), the sums over the classes of a row. (A type and no interface, so that `tf.dispose` takes it.) */
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
 * Two matrices of logits compared as independent Bernoullis, in one op where the backend has it. None of it has a gradient: that of either
 * divergence by `source` is known from `difference`.
 * @throws Error for shapes that differ
 */
export function compareBernoulli(target: Tensor2D, source: Tensor2D): BernoulliComparison {
  if (target.rank !== 2 || !tf.util.arraysEqual(target.shape, source.shape)) {
    throw new Error(
      `compareBernoulli: target and source must both be [N, C], got [${target.shape}] and [${source.shape}]`,
    );
  }
  const [difference, lengths, directed, symmetric] = runKernels(SED_COMPARE_BERNOULLI, { target, source }, {});
  return { difference, lengths, directed, symmetric } as unknown as BernoulliComparison;
}

/** Of stock ops, with log σ(x) = x - softplus(x) and log σ(-x) = -softplus(x). */
export function portableComparison(inputs: Record<string, Tensor>): Tensor[] {
  const { target, source } = inputs as { target: Tensor; source: Tensor };
  const wanted = tf.sigmoid(target);
  const difference = tf.sub(tf.sigmoid(source), wanted);
  const cross = tf.mul(wanted, tf.sub(target, source));
  const directed = tf.sum(tf.add(cross, tf.sub(tf.softplus(source), tf.softplus(target))), 1);
  // in the sum of both directions the normalisers cancel
  const symmetric = tf.sum(tf.mul(difference, tf.sub(source, target)), 1);
  // a divergence is not negative; what rounding leaves below zero is no information
  return [difference, tf.sum(tf.abs(difference), 1), tf.relu(directed), symmetric];
}
