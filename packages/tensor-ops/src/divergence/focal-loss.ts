import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { defineKernel, runKernel } from '../kernel.ts';

/** `logits [N, C]`, int32 `labels [N]` (-1 for none), `weights [N]`. */
export interface FocalLossInputs {
  readonly logits: Tensor2D;
  readonly labels: Tensor1D;
  readonly weights: Tensor1D;
}
export interface FocalLossAttributes {
  /** Weight of the class that is there, 1 - alpha that of the others; negative for no weighting. */
  readonly alpha: number;
  /** How much easy values count less, 0 or more. */
  readonly gamma: number;
}
type LossAndGradient = [loss: Scalar, gradient: Tensor2D];

/** → `loss []` = Σ_n weights_n Σ_c focal, and its gradient by `logits`. */
export const focalLossKernel = defineKernel<FocalLossInputs, FocalLossAttributes, LossAndGradient>(
  'SedFocalLoss',
  composed,
);

/**
 * Sigmoid focal loss (Lin et al. 2017) of rows that hold at most one class, as torchvision's `sigmoid_focal_loss`: Σ
 * over rows n and classes c of `weights[n] · α_t (1 - p_t)^γ (-ln p_t)`, p_t the probability given to the right answer,
 * with its gradient in one op where the backend has it.
 *
 * @param logits `[N, C]`; the only input with a gradient
 * @param labels int32 `[N]`: the class that is there, -1 for none
 * @param weights `[N]`: 0 leaves a row out
 * @throws Error where shapes do not fit each other, or gamma is below 0
 */
export function focalLossOfRows(
  logits: Tensor2D,
  labels: Tensor1D,
  weights: Tensor1D,
  { alpha, gamma }: FocalLossAttributes,
): Scalar {
  const rows = logits.shape[0];
  if (logits.rank !== 2 || labels.size !== rows || weights.size !== rows || labels.dtype !== 'int32') {
    throw new Error(
      `focalLossOfRows: logits must be [N, C], labels int32 [N] and weights [N], got [${logits.shape}], ${labels.dtype} [${labels.shape}] and [${weights.shape}]`,
    );
  }
  if (!(gamma >= 0)) throw new Error(`focalLossOfRows: gamma must be 0 or more, got ${gamma}`);
  return tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [Tensor2D, tf.GradSaveFunc];
    const [value, gradient] = runKernel(focalLossKernel, { logits: x, labels, weights }, { alpha, gamma });
    save([gradient]);
    return { value, gradFunc: (dy: Tensor, [saved]: Tensor[]) => tf.mul(saved!, dy) };
  })(logits);
}

/** Of stock ops. */
function composed(
  { logits, labels, weights }: FocalLossInputs,
  { alpha, gamma }: FocalLossAttributes,
): LossAndGradient {
  const [rows, classes] = logits.shape;
  // tf.oneHot knows no single class
  const present: Tensor =
    classes === 1
      ? tf.reshape(tf.cast(tf.equal(labels, tf.scalar(0, 'int32')), 'float32'), [rows, 1])
      : tf.cast(tf.oneHot(labels, classes), 'float32');
  // With z = x for a negative and -x for a positive: 1 - p_t = σ(z) and -ln p_t = softplus(z).
  const sign = tf.sub(1, tf.mul(present, 2));
  const z = tf.mul(logits, sign);
  const wrong = tf.sigmoid(z);
  const entropy = tf.softplus(z);
  // α_t times the sign is (1 - α) - t, so one tensor carries both.
  const signedAlpha = alpha < 0 ? sign : tf.sub(1 - alpha, present);
  const focus = gamma === 2 ? tf.square(wrong) : tf.pow(wrong, gamma);
  const each = tf.mul(tf.mul(focus, entropy), tf.abs(signedAlpha));
  // d/dz σ^γ softplus = σ^γ (γ (1 - σ) softplus + σ)
  const slope = tf.mul(focus, tf.add(tf.mul(tf.mul(tf.sub(1, wrong), entropy), gamma), wrong));
  const gradient: Tensor2D = tf.mul(tf.mul(slope, signedAlpha), tf.expandDims(weights, 1));
  // by row first: one sum of all values loses digits in float32
  return [tf.sum(tf.mul(tf.sum(each, 1), weights)), gradient];
}
