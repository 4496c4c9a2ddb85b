import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Kullback-Leibler divergence from logits, D_KL(softmax(target) ‖ softmax(logits)) of every row: Σ_c p_c (ln p_c - ln
 * q_c). The target is a constant: its gradient is zero; the gradient to the logits is q - p. Of independent Bernoullis:
 * `compareBernoulli`.
 * @param targetLogits `[N, C]`, gets no gradient
 * @param logits `[N, C]`
 * @returns `[N]`, 0 or more up to rounding
 * @throws Error for shapes that differ
 */
export function categoricalKl(targetLogits: Tensor2D, logits: Tensor2D): Tensor1D {
  if (targetLogits.rank !== 2 || !tf.util.arraysEqual(targetLogits.shape, logits.shape)) {
    throw new Error(
      `categoricalKl: target and logits must both be [N, C], got [${targetLogits.shape}] and [${logits.shape}]`,
    );
  }
  return tf.customGrad((...args: unknown[]) => {
    const [target, source, save] = args as [Tensor, Tensor, tf.GradSaveFunc];
    const logP = tf.logSoftmax(target, -1);
    const logQ = tf.logSoftmax(source, -1);
    const p = tf.exp(logP);
    save([p, logQ]);
    return {
      value: tf.sum(tf.mul(p, tf.sub(logP, logQ)), -1),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        tf.zerosLike(saved[0]!),
        tf.mul(tf.expandDims(dy, -1), tf.sub(tf.exp(saved[1]!), saved[0]!)),
      ],
    };
  })(targetLogits, logits) as Tensor1D;
}
