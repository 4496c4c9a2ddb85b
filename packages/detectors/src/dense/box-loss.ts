/** L1 on box deltas, weighted by row. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * Σ over rows n of `weights[n] · ‖deltas[n] - targets[n]‖₁`, with 0 as the gradient where they are equal (as torch has
 * it).
 * @param deltas `[N, 4]`; the only input with a gradient
 * @param targets `[N, 4]`
 * @param weights `[N]`: 0 leaves a row out
 */
export function boxRegressionLoss(deltas: tf.Tensor2D, targets: tf.Tensor2D, weights: tf.Tensor1D): tf.Scalar {
  return tf.tidy(() => {
    const factor = tf.expandDims(weights, 1);
    return tf.customGrad((d, save) => {
      const difference = tf.sub(d as tf.Tensor, targets);
      (save as tf.GradSaveFunc)([tf.mul(tf.sign(difference), factor)]);
      return {
        value: tf.sum(tf.mul(tf.abs(difference), factor)),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!),
      };
    })(deltas) as tf.Scalar;
  });
}
