/** Focal loss of dense sigmoid scores (Lin et al. 2017, section 3), with a weight for each row. */
import { focalLossOfRows } from '@sed/tensor-ops';
import type * as tf from '@tensorflow/tfjs-core';

export interface FocalOptions {
  /** Weight of the class that is there; the others get 1 - alpha. */
  readonly alpha: number;
  /** Exponent of 1 - p. */
  readonly gamma: number;
}

/**
 * Σ over rows n and classes c of `weights[n] · α_t (1 - p_t)^γ · (-log p_t)`.
 *
 * @param logits `[N, C]`; the only input with a gradient
 * @param labels int32 `[N]`: the class that is there, -1 for none
 * @param weights `[N]`: 0 leaves a row out
 */
export function focalLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  weights: tf.Tensor1D,
  { alpha, gamma }: FocalOptions,
): tf.Scalar {
  return focalLossOfRows(logits, labels, weights, { alpha, gamma });
}
