import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Smallest area that is divided by; float32 keeps its square, which the gradient of the division needs. */
const SMALLEST_AREA = 1e-15;

/**
 * Generalized IoU (Rezatofighi et al. 2019), differentiable in both arguments: IoU - (hull - union) / hull, in -1 … 1.
 * The loss is 1 minus it. Leading dimensions broadcast: `[N, 4]` with `[N, 4]` gives `[N]`, `[Q, 1, 4]` with
 * `[1, K, 4]` gives `[Q, K]`.
 * @param a corners x1 y1 x2 y2 with x1 <= x2 and y1 <= y2, `[..., 4]`
 * @param b the same
 */
export function generalizedIou(a: Tensor, b: Tensor): Tensor {
  if (a.shape[a.rank - 1] !== 4 || b.shape[b.rank - 1] !== 4) {
    throw new Error(`generalizedIou: boxes must be [..., 4], got [${a.shape}] and [${b.shape}]`);
  }
  return tf.tidy(() => {
    const [aMin, aMax] = tf.split(a, 2, -1) as [Tensor, Tensor];
    const [bMin, bMax] = tf.split(b, 2, -1) as [Tensor, Tensor];
    const intersection = area(tf.relu(tf.sub(tf.minimum(aMax, bMax), tf.maximum(aMin, bMin))));
    const hull = area(tf.sub(tf.maximum(aMax, bMax), tf.minimum(aMin, bMin)));
    const union = tf.sub(tf.add(area(tf.sub(aMax, aMin)), area(tf.sub(bMax, bMin))), intersection);
    const iou = tf.div(intersection, tf.maximum(union, SMALLEST_AREA));
    return tf.sub(iou, tf.div(tf.sub(hull, union), tf.maximum(hull, SMALLEST_AREA)));
  });
}

/** `[..., 2]` sizes → `[...]` areas. */
function area(size: Tensor): Tensor {
  const [width, height] = tf.split(size, 2, -1) as [Tensor, Tensor];
  return tf.squeeze(tf.mul(width, height), [size.rank - 1]);
}
