/**
 * Box deltas of one view in another: decoded at their reference, mapped (the upright box around the mapped corners), encoded relative to
 * the reference of the other view. All in one step, without ever being boxes.
 *
 * With the map `[a b c; d e f]`, references of sizes (w, h) and (w', h') and centres r and r', and deltas (dx, dy, dw, dh):
 *
 *     dx' = (M(r) - r')_x / w' + (a w / w') dx + (b h / w') dy
 *     dw' = dw + ln(|a| w / w' + |b| h / w' · e^(dh - dw))
 *
 * and likewise for y and height. A shift is exact: dw' = dw + ln 1.
 */
import { DEFAULT_DELTA_CLAMP, type DeltaWeights } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { AffineMap } from '../types.ts';

/** The coefficients above, each broadcastable to the deltas with a last dimension of 1. */
export interface DeltaMap {
  /** (M(r) - r') over the other reference's width and height. */
  readonly offsetX: Tensor;
  readonly offsetY: Tensor;
  /** `xx` a w / w', `xy` b h / w', `yx` d w / h', `yy` e h / h'. */
  readonly xx: Tensor;
  readonly xy: Tensor;
  readonly yx: Tensor;
  readonly yy: Tensor;
}

/** e^40 of a reference is no size: keeps the exponential finite where one side of a box is nothing. */
const LARGEST_EXPONENT = 40;

/**
 * @param deltas `[…, 4]`; dw and dh are bounded from above, as the decoder bounds them
 * @param weights of the coder, by which dx … dh are larger
 * @returns the same shape; the caller tidies. No gradient is meant to flow through it
 */
export function mapDeltas(deltas: Tensor, map: DeltaMap, weights: DeltaWeights = [1, 1, 1, 1]): Tensor {
  const parts = tf.split(deltas, 4, -1).map((part, i) => (weights[i] === 1 ? part : tf.div(part, weights[i]!)));
  const [dx, dy] = parts as [Tensor, Tensor];
  const [dw, dh] = parts.slice(2).map((part) => tf.minimum(part, DEFAULT_DELTA_CLAMP)) as [Tensor, Tensor];
  const size = (own: Tensor, other: Tensor, along: Tensor, across: Tensor): Tensor => {
    const ratio = tf.exp(tf.minimum(tf.sub(other, own), LARGEST_EXPONENT));
    return tf.add(own, tf.log(tf.add(tf.abs(along), tf.mul(tf.abs(across), ratio))));
  };
  const mapped = [
    tf.add(map.offsetX, tf.add(tf.mul(map.xx, dx), tf.mul(map.xy, dy))),
    tf.add(map.offsetY, tf.add(tf.mul(map.yx, dx), tf.mul(map.yy, dy))),
    size(dw, dh, map.xx, map.xy),
    size(dh, dw, map.yy, map.yx),
  ];
  return tf.concat(
    mapped.map((part, i) => (weights[i] === 1 ? part : tf.mul(part, weights[i]!))),
    -1,
  );
}

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
