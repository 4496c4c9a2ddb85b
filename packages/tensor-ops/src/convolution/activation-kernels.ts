/**
 * The kernels between a layer's gradient and its convolution's: through the activation, and the sum that the bias gets.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { defineKernel, runKernel, type NoAttributes } from '../kernel.ts';

/** `dy` and `y`, both after the activation, of one shape. */
export interface ActivationGradientInputs {
  readonly dy: Tensor;
  readonly y: Tensor;
}
/** Never `none`, which needs no kernel. */
export interface ActivationGradientAttributes {
  readonly activation: 'relu' | 'relu6';
}

/** → `dy` before the activation: dy where y > 0 (`relu`) or 0 < y < 6 (`relu6`), else 0. Any rank. */
export const activationGradientKernel = defineKernel<ActivationGradientInputs, ActivationGradientAttributes, Tensor>(
  'SedActivationGradient',
  ({ dy, y }, { activation }) => {
    const open = tf.step(y);
    return tf.mul(dy, activation === 'relu' ? open : tf.mul(open, tf.step(tf.sub(6, y))));
  },
);

/** `dy […, C]` → `dbias [C]`, the sum of its rows. */
export const biasGradientKernel = defineKernel<{ readonly dy: Tensor }, NoAttributes, Tensor1D>(
  'SedBiasGradient',
  ({ dy }) => sumOfRows(dy),
);

/**
 * As `activationGradientKernel`, and with it the gradient of the bias: `dy`, `y` `[…, C]` → `dz` and `dbias [C]`, the
 * sum of dz's rows.
 */
export const biasActivationGradientKernel = defineKernel<
  ActivationGradientInputs,
  ActivationGradientAttributes,
  [dz: Tensor, dbias: Tensor1D]
>('SedBiasActivationGradient', (inputs, attributes) => {
  const dz = runKernel(activationGradientKernel, inputs, attributes); // the backend's own, where it has one
  return [dz, sumOfRows(dz)];
});

/** Over all axes but the last. */
const sumOfRows = (x: Tensor): Tensor1D => tf.sum(tf.reshape(x, [-1, x.shape.at(-1)!]), 0);
