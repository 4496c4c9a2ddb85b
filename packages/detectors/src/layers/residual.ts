/** The end of a residual block. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * max(0, a + b). The tape holds the result, which the next convolution holds anyway, instead of the sum; and the stock
 * gradient of relu is five passes over the tensor on the native backend.
 */
export function addRelu(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((...args: unknown[]) => {
    const [x, y, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    const value = tf.relu(tf.add(x, y));
    save([value]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const gradient = tf.mul(dy, tf.cast(tf.greater(saved[0]!, 0), 'float32'));
        // two tensors: the engine disposes of a gradient when it adds another to it
        return [gradient, tf.clone(gradient)];
      },
    };
  })(a, b) as tf.Tensor4D;
}
