/** Batch norm in eval mode is an affine map of channels; the convolution before it takes it as scale and bias. */
import * as tf from '@tensorflow/tfjs-core';
import type { Parameters } from '../types.ts';
import { vectorOf } from './lookup.ts';

export interface Affine {
  readonly scale: tf.Tensor1D;
  readonly bias: tf.Tensor1D;
}

/**
 * scale = γ / √(σ² + ε), bias = β − μ · scale, both `[C]`. Computed anew at every call: four tiny ops a layer, and no
 * cache that an assignment to a teacher's variables could leave stale. Differentiable in γ and β.
 */
export function foldNorm(parameters: Parameters, name: string, epsilon: number): Affine {
  const inverse = tf.rsqrt(tf.add(vectorOf(parameters, `${name}.running_var`), epsilon));
  const scale: tf.Tensor1D = tf.mul(vectorOf(parameters, `${name}.weight`), inverse);
  const shift: tf.Tensor1D = tf.mul(vectorOf(parameters, `${name}.running_mean`), scale);
  return { scale, bias: tf.sub(vectorOf(parameters, `${name}.bias`), shift) };
}
