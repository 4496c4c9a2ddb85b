/** Batch norm in eval mode is an affine map of channels; the convolution before it takes it over. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { differentiate, runKernel, type KernelGradient } from '../kernel.ts';
import { foldNormGradientKernel, foldNormKernel, normAffineKernel } from './norm-kernels.ts';
import type { FoldNormInputs, NormAttributes, NormInputs } from './norm-kernels.ts';

/** The four vectors of a batch norm, `[C]` each. */
export type Norm = NormInputs;

/**
 * The factor and the summand that a batch norm in eval mode is: scale = γ / √(σ² + ε), bias = β - μ · scale, both
 * `[C]`. Differentiable by γ and β.
 * @param epsilon ε, added to the variance; at least 0
 * @throws Error where the vectors are not of one length
 */
export function normAffine(norm: Norm, epsilon: number): { scale: Tensor1D; bias: Tensor1D } {
  check('normAffine', norm);
  differentiate(normAffineKernel, affineGradient);
  const [scale, bias] = runKernel(normAffineKernel, norm, { epsilon });
  return { scale, bias };
}

/**
 * A filter and a bias that do at once what a filter and the batch norm behind it do: filter · scale over the output
 * channels, and the bias of {@link normAffine}. One op, with one for its gradient. Differentiable by the filter, γ and
 * β.
 * @param filter `[kh, kw, I, C]`, or `[kh, kw, C, 1]` of a depthwise convolution
 * @param epsilon ε, added to the variance; at least 0
 * @throws Error where shapes do not fit each other
 */
export function foldNorm(filter: Tensor4D, norm: Norm, epsilon: number): { filter: Tensor4D; bias: Tensor1D } {
  check('foldNorm', norm);
  const [, , last, outputs] = filter.shape;
  const channels = norm.gamma.size;
  if (outputs !== channels && !(outputs === 1 && last === channels)) {
    throw new Error(
      `foldNorm: the norm has ${channels} channels; the filter must be [kh, kw, I, ${channels}] or [kh, kw, ${channels}, 1], got [${filter.shape}]`,
    );
  }
  differentiate(foldNormKernel, foldGradient);
  const [folded, bias] = runKernel(foldNormKernel, { filter, ...norm }, { epsilon });
  return { filter: folded, bias };
}

const affineGradient: KernelGradient<NormInputs, NormAttributes, [Tensor1D, Tensor1D]> = {
  inputsToSave: ['mean', 'variance'],
  gradients: ([dscale, dbias], saved, { epsilon }) => {
    const [mean, variance] = saved as [Tensor, Tensor];
    return {
      gamma: () => tf.mul(tf.sub(dscale, tf.mul(dbias, mean)), tf.rsqrt(tf.add(variance, epsilon))),
      beta: () => tf.clone(dbias),
    };
  },
};

const foldGradient: KernelGradient<FoldNormInputs, NormAttributes, [Tensor4D, Tensor1D]> = {
  inputsToSave: ['filter', 'gamma', 'mean', 'variance'],
  gradients: ([dfolded, dbias], saved, { epsilon }) => {
    const [filter, gamma, mean, variance] = saved as [Tensor4D, Tensor1D, Tensor1D, Tensor1D];
    const inputs = { dfolded, dbias, filter, gamma, mean, variance };
    // Here, as each of the functions below runs in a tidy of its own.
    const [dfilter, dgamma] = runKernel(foldNormGradientKernel, inputs, { epsilon });
    return { filter: () => tf.clone(dfilter), gamma: () => tf.clone(dgamma), beta: () => tf.clone(dbias) };
  },
};

function check(op: string, { gamma, beta, mean, variance }: Norm): void {
  if (gamma.rank === 1 && [beta, mean, variance].every((v) => v.rank === 1 && v.size === gamma.size)) return;
  throw new Error(
    `${op}: gamma [${gamma.shape}], beta [${beta.shape}], mean [${mean.shape}] and variance [${variance.shape}] must be vectors of one length`,
  );
}
