/** The kernels that fold a batch norm into a convolution. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineKernel } from '../kernel.ts';

/** The four vectors of a batch norm in eval mode, `[C]`. */
export interface NormInputs {
  readonly gamma: Tensor1D;
  readonly beta: Tensor1D;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}
/** The norm, and `filter [kh,kw,I,C]` or `[kh,kw,C,1]`. */
export interface FoldNormInputs extends NormInputs {
  readonly filter: Tensor4D;
}
/** The gradients of the two outputs, and what they were made of. */
export interface FoldNormGradientInputs {
  readonly dfolded: Tensor4D;
  readonly dbias: Tensor1D;
  readonly filter: Tensor4D;
  readonly gamma: Tensor1D;
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}
export interface NormAttributes {
  /** ε, added to the variance. */
  readonly epsilon: number;
}

/** `[C]` in the shape that meets a filter's channels: `[C]`, or `[C, 1]` where they are the last axis but one. */
function alongChannels(vector: Tensor1D, filter: Tensor4D): Tensor {
  return filter.shape.at(-1) === vector.size ? vector : tf.reshape(vector, [vector.size, 1]);
}

/** Sums over all axes but the channels'. */
function sumToChannels(x: Tensor, channels: number): Tensor1D {
  return tf.sum(tf.reshape(x, [-1, channels]), 0);
}

const inverse = (variance: Tensor1D, epsilon: number): Tensor1D => tf.rsqrt(tf.add(variance, epsilon));

function affine({ gamma, beta, mean, variance }: NormInputs, { epsilon }: NormAttributes): [Tensor1D, Tensor1D] {
  const scale = tf.mul<Tensor1D>(gamma, inverse(variance, epsilon));
  return [scale, tf.sub(beta, tf.mul(mean, scale))];
}

/** → `scale [C]` = γ / √(σ² + ε) and `bias [C]` = β - μ · scale. */
export const normAffineKernel = defineKernel<NormInputs, NormAttributes, [scale: Tensor1D, bias: Tensor1D]>(
  'SedNormAffine',
  affine,
);

/** → `filter · scale` and `bias`. */
export const foldNormKernel = defineKernel<FoldNormInputs, NormAttributes, [folded: Tensor4D, bias: Tensor1D]>(
  'SedFoldNorm',
  (inputs, attributes) => {
    const [scale, bias] = affine(inputs, attributes);
    return [tf.mul(inputs.filter, alongChannels(scale, inputs.filter)), bias];
  },
);

/** → gradients of `filter` and `gamma`; that of `beta` is `dbias`. */
export const foldNormGradientKernel = defineKernel<
  FoldNormGradientInputs,
  NormAttributes,
  [dfilter: Tensor4D, dgamma: Tensor1D]
>('SedFoldNormGradient', ({ dfolded, dbias, filter, gamma, mean, variance }, { epsilon }) => {
  const root = inverse(variance, epsilon);
  const dscale = tf.sub(sumToChannels(tf.mul(dfolded, filter), gamma.size), tf.mul(dbias, mean));
  return [tf.mul(dfolded, alongChannels(tf.mul(gamma, root), filter)), tf.mul(dscale, root)];
});
