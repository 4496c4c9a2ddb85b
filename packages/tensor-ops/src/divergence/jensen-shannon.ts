import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/** Probabilities are taken to be at least this, so that a class neither side believes in costs nothing. */
const SMALLEST = 1e-12;

/**
 * Jensen-Shannon divergence of every row of `p` with every row of `q`: (D_KL(p ‖ m) + D_KL(q ‖ m)) / 2, m = (p + q) /
 * 2. The classification cost of matching DETR queries (SED, A.1). Symmetric, in 0 … ln 2.
 * @param p probabilities `[Q, C]`
 * @param q probabilities `[K, C]`
 * @returns `[Q, K]`
 */
export function jensenShannon(p: Tensor2D, q: Tensor2D): Tensor2D {
  if (p.rank !== 2 || q.rank !== 2 || p.shape[1] !== q.shape[1]) {
    throw new Error(`jensenShannon: p and q must be [Q, C] and [K, C], got [${p.shape}] and [${q.shape}]`);
  }
  return tf.tidy(() => {
    const a = tf.expandDims(tf.maximum(p, SMALLEST), 1); // [Q, 1, C]
    const b = tf.expandDims(tf.maximum(q, SMALLEST), 0); // [1, K, C]
    const logMean = tf.log(tf.mul(tf.add(a, b), 0.5)); // [Q, K, C]
    const fromA: Tensor = tf.mul(a, tf.sub(tf.log(a), logMean));
    const fromB: Tensor = tf.mul(b, tf.sub(tf.log(b), logMean));
    return tf.mul<Tensor2D>(tf.sum(tf.add(fromA, fromB), -1), 0.5);
  });
}
