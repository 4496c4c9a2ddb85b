/** The kernels of `kernels.ts` composed of stock tfjs ops. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as names from './kernels.ts';
import type { FoldNormGradientInputs, FoldNormInputs, NormAttributes, NormInputs } from './kernels.ts';

type Body = (inputs: Record<string, Tensor>, attributes: Record<string, unknown>) => Tensor[];

/** `[C]` in the shape that meets a filter's channels: `[C]`, or `[C, 1]` where they are the last axis but one. */
function alongChannels(vector: Tensor, filter: Tensor): Tensor {
  return filter.shape.at(-1) === vector.size ? vector : tf.reshape(vector, [vector.size, 1]);
}

/** Sums over all axes but the channels'. */
function sumToChannels(x: Tensor, channels: number): Tensor {
  return tf.sum(tf.reshape(x, [-1, channels]), 0);
}

const inverse = (variance: Tensor, attributes: Record<string, unknown>): Tensor =>
  tf.rsqrt(tf.add(variance, (attributes as unknown as NormAttributes).epsilon));

const affine: Body = (inputs, attributes) => {
  const { gamma, beta, mean, variance } = inputs as unknown as NormInputs<Tensor>;
  const scale: Tensor = tf.mul(gamma, inverse(variance, attributes));
  return [scale, tf.sub(beta, tf.mul(mean, scale))];
};

const fold: Body = (inputs, attributes) => {
  const { filter } = inputs as unknown as FoldNormInputs<Tensor>;
  const [scale, bias] = affine(inputs, attributes) as [Tensor, Tensor];
  return [tf.mul(filter, alongChannels(scale, filter)), bias];
};

const foldGradient: Body = (inputs, attributes) => {
  const { dfolded, dbias, filter, gamma, mean, variance } = inputs as unknown as FoldNormGradientInputs<Tensor>;
  const root = inverse(variance, attributes);
  const dscale = tf.sub(sumToChannels(tf.mul(dfolded, filter), gamma.size), tf.mul(dbias, mean));
  return [tf.mul(dfolded, alongChannels(tf.mul(gamma, root), filter)), tf.mul(dscale, root)];
};

export const normBodies: Record<string, Body> = {
  [names.SED_NORM_AFFINE]: affine,
  [names.SED_FOLD_NORM]: fold,
  [names.SED_FOLD_NORM_GRADIENT]: foldGradient,
};
