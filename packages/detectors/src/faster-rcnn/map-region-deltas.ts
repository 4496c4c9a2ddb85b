/** Box deltas of regions of one view in another. */
import type { AffineMap, DeltaWeights } from '@sed/geometry';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { mapDeltas } from '../dense/map-deltas.ts';

/**
 * Deltas of RoIs of one view, as deltas of the RoIs that they became in another.
 * @param deltas `[N, 4 · k]`, k boxes a row (the classes, or 1); they get no gradient that means anything
 * @param from the RoIs that the deltas belong to, corners, `[N · 4]`
 * @param to the same RoIs in the other view, `[N · 4]` (`mapProposals`)
 * @param maps one an image, from pixels of the one view to those of the other
 * @param images the image of each RoI, `[N]`
 * @param weights of the coder; 10 10 5 5 in RoI heads
 * @returns `[N, 4 · k]`; the caller owns it
 */
export function mapRegionDeltas(
  deltas: Tensor2D,
  from: Float32Array,
  to: Float32Array,
  maps: readonly AffineMap[],
  images: Int32Array,
  weights: DeltaWeights = [1, 1, 1, 1],
): Tensor2D {
  const rows = deltas.shape[0];
  if (from.length !== 4 * rows || to.length !== 4 * rows || images.length !== rows) {
    throw new Error(
      `mapRegionDeltas: ${rows} rows of deltas, ${from.length / 4} and ${to.length / 4} RoIs, ${images.length} image numbers; they must be as many.`,
    );
  }
  if (rows === 0) return tf.clone(deltas);
  const columns = Array.from({ length: 6 }, () => new Float32Array(rows));
  for (let i = 0; i < rows; i++) {
    const [a, b, c, d, e, f] = maps[images[i]!]!;
    const at = 4 * i;
    const [w, h] = [from[at + 2]! - from[at]!, from[at + 3]! - from[at + 1]!];
    const [w2, h2] = [to[at + 2]! - to[at]!, to[at + 3]! - to[at + 1]!];
    const [x, y] = [from[at]! + w / 2, from[at + 1]! + h / 2];
    const values = [
      (a * x + b * y + c - to[at]! - w2 / 2) / w2,
      (d * x + e * y + f - to[at + 1]! - h2 / 2) / h2,
      (a * w) / w2,
      (b * h) / w2,
      (d * w) / h2,
      (e * h) / h2,
    ];
    values.forEach((value, k) => (columns[k]![i] = value));
  }
  return tf.tidy(() => {
    const [offsetX, offsetY, xx, xy, yx, yy] = columns.map((column) => tf.tensor3d(column, [rows, 1, 1])) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const boxes = tf.reshape(deltas, [rows, -1, 4]);
    return tf.reshape(mapDeltas(boxes, { offsetX, offsetY, xx, xy, yx, yy }, weights), deltas.shape);
  });
}
