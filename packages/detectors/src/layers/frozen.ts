/** Running the frozen part of a network without a tape. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * `body(x)`, of which no gradient is taken: nothing inside is recorded, so its activations are freed at once instead of
 * being kept until the backward pass. x gets a gradient of zero.
 */
export function withoutGradient(body: (x: tf.Tensor4D) => tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((value) => ({
    value: tf.tidy(() => body(value as tf.Tensor4D)),
    gradFunc: () => tf.zeros(x.shape),
  }))(x);
}
