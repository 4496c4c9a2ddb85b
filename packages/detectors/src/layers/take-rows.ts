import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * The rows `rows` of `x`, with a gradient on every backend: the gradient of tfjs's own `gather` is
 * `unsortedSegmentSum`, which wasm has not. As no row is taken twice, the gradient is a gather as well, by the inverse
 * of `rows`, with a row of zeros for those left out.
 * @param x `[N, D]`
 * @param rows distinct, each in 0 … N - 1
 * @returns `[rows.length, D]`
 */
export function takeRows(x: Tensor2D, rows: Int32Array): Tensor2D {
  const [count, width] = x.shape;
  return tf.customGrad((...args: unknown[]) => {
    const [$x] = args as [Tensor];
    const gradFunc = (dy: Tensor): Tensor => {
      if (rows.length === 0) return tf.zeros([count, width]);
      return tf.tidy(() => {
        const inverse = new Int32Array(count).fill(rows.length);
        rows.forEach((row, i) => (inverse[row] = i));
        return tf.gather(tf.concat([dy, tf.zeros([1, width])], 0), tf.tensor1d(inverse, 'int32'));
      });
    };
    if (rows.length === 0) return { value: tf.zeros([0, width]), gradFunc };
    return { value: tf.tidy(() => tf.gather($x, tf.tensor1d(rows, 'int32'))), gradFunc };
  })(x) as Tensor2D;
}
