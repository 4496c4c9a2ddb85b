/** The end of a residual block. */
import * as tf from '@tensorflow/tfjs-core';

/** max(0, a + b). */
export function addRelu(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  return tf.relu(tf.add(a, b));
}
