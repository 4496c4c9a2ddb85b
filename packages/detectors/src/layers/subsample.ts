/** Every second row and column. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * `x [B, H, W, C]` to `[B, ⌈H/2⌉, ⌈W/2⌉, C]`: rows and columns 0, 2, 4 … (torch's max-pooling with a kernel of 1 and a
 * stride of 2). The gradient puts zeros between; the stock one of a pooling is not on every backend.
 */
export function subsample(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [h, w] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  return tf.customGrad((value) => ({
    value: tf.maxPool(value as tf.Tensor4D, 1, 2, 'valid'),
    gradFunc: (dy: tf.Tensor) => {
      const columns = tf.reshape(
        tf.pad(tf.reshape(dy, [batch * h * w, channels]), [
          [0, 0],
          [0, channels],
        ]),
        [batch * h, 2 * w * channels],
      );
      const row = 2 * w * channels;
      const rows = tf.pad(columns, [
        [0, 0],
        [0, row],
      ]);
      return tf.slice(tf.reshape(rows, [batch, 2 * h, 2 * w, channels]), [0, 0, 0, 0], x.shape);
    },
  }))(x) as tf.Tensor4D;
}
