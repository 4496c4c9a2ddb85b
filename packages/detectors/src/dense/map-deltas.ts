/**
 * Box deltas of one view in another: decoded at their reference, mapped (the upright box around the mapped corners),
 * encoded relative to the reference of the other view. All in one step, without ever being boxes.
 *
 * With the map `[a b c; d e f]`, references of sizes (w, h) and (w', h') and centers r and r', and deltas (dx, dy, dw,
 * dh):
 *
 *     dx' = (M(r) - r')_x / w' + (a w / w') dx + (b h / w') dy
 *     dw' = dw + ln(|a| w / w' + |b| h / w' · e^(dh - dw))
 *
 * and likewise for y and height. A shift is exact: dw' = dw + ln 1.
 */
import { DEFAULT_DELTA_CLAMP, type DeltaWeights } from '@sed/geometry';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

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
