/** Nearest-neighbor doubling, the top-down step of an FPN. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * `x [B, ⌈h/2⌉, ⌈w/2⌉, C]` to `[B, height, width, C]`: pixel (i, j) is x's (⌊i/2⌋, ⌊j/2⌋), which is what torch's
 * `interpolate(size, mode='nearest')` gives for these sizes. The gradient adds up each 2x2 block, as a pooling: the
 * stock gradient of resizeNearestNeighbor is not on every backend.
 * @throws if x is not half the size, rounded up
 */
export function upsampleTo(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [batch, h, w, channels] = x.shape;
  if (h !== Math.ceil(height / 2) || w !== Math.ceil(width / 2)) {
    throw new Error(
      `Cannot upsample a ${h}x${w} grid to ${height}x${width}: it must be half of it, rounded up. ` +
        `Pad the batch to a multiple of the detector's sizeMultiple.`,
    );
  }
  return tf.tidy(() => {
    const doubled = tf.customGrad((value) => ({
      value: tf.image.resizeNearestNeighbor(value as tf.Tensor4D, [2 * h, 2 * w]),
      gradFunc: (dy: tf.Tensor) => tf.mul(tf.avgPool(dy as tf.Tensor4D, 2, 2, 'valid'), 4),
    }))(x) as tf.Tensor4D;
    const fits = 2 * h === height && 2 * w === width;
    return fits ? doubled : tf.slice(doubled, [0, 0, 0, 0], [batch, height, width, channels]);
  });
}
