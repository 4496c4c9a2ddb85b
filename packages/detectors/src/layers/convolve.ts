/** The three kinds of convolution layer a detector is made of, by parameter name. Tensors are `[B, H, W, C]`. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { convolution, depthwiseConvolution } from '@sed/tensor-ops';
import type { Parameters } from '../types.ts';
import { kernelOf, vectorOf } from './lookup.ts';
import { foldNorm } from './norm.ts';

export type Activation = 'none' | 'relu' | 'relu6';
/** `[top, bottom, left, right]`, in pixels of the input. */
export type Padding = readonly [number, number, number, number];

/** torch's symmetric padding that keeps the size at stride 1 and rounds up at stride 2. */
export function symmetricPadding(kernel: number): Padding {
  const side = (kernel - 1) / 2;
  return [side, side, side, side];
}

/** TensorFlow's `SAME` on an even input: a stride-2 layer gets the odd pixel at the bottom and at the right. */
export function samePadding(kernel: number, stride: number): Padding {
  const total = kernel - stride;
  const before = Math.floor(total / 2);
  return [before, total - before, before, total - before];
}

export interface LayerOptions {
  readonly stride?: number;
  readonly padding: Padding;
  readonly activation?: Activation;
}

/** Convolution with bias: `<name>.weight`, `<name>.bias`. */
export function convolve(parameters: Parameters, name: string, x: Tensor4D, options: LayerOptions): Tensor4D {
  const { stride = 1, padding, activation = 'none' } = options;
  return convolution(x, kernelOf(parameters, `${name}.weight`), {
    bias: vectorOf(parameters, `${name}.bias`),
    strides: [stride, stride],
    padding,
    activation,
  });
}

/**
 * The filter with its norm's scale, on the tape, where the norm is trained: the kernel would compute the filter's gradient
 * once for the filter and once more for the scale. A frozen scale goes into the kernel, which remembers nothing of it.
 */
function scaledFilter(
  parameters: Parameters,
  norm: string,
  filter: Tensor4D,
  scale: Tensor1D,
): { filter: Tensor4D; scale?: Tensor1D } {
  const gamma = vectorOf(parameters, `${norm}.weight`);
  if (!(gamma instanceof tf.Variable && gamma.trainable)) return { filter, scale };
  const [, , , outputs] = filter.shape;
  // A depthwise filter is [kh, kw, C, 1]: its channels are on the axis before the last.
  return { filter: tf.mul(filter, outputs === scale.size ? scale : tf.reshape(scale, [scale.size, 1])) };
}

type NormLayer = (
  parameters: Parameters,
  name: string,
  norm: string,
  epsilon: number,
  x: Tensor4D,
  options: LayerOptions,
) => Tensor4D;

function normLayer(op: typeof convolution): NormLayer {
  return (parameters, name, norm, epsilon, x, { stride = 1, padding, activation = 'none' }) => {
    const { scale, bias } = foldNorm(parameters, norm, epsilon);
    const folded = scaledFilter(parameters, norm, kernelOf(parameters, `${name}.weight`), scale);
    return op(x, folded.filter, {
      ...(folded.scale && { scale: folded.scale }),
      bias,
      strides: [stride, stride],
      padding,
      activation,
    });
  };
}

/** Convolution without bias, then the batch norm `norm` (eval mode), then the activation: one op. */
export const convolveNorm: NormLayer = /* @__PURE__ */ normLayer(convolution);

/** As `convolveNorm`, one filter a channel. */
export const depthwiseNorm: NormLayer = /* @__PURE__ */ normLayer(depthwiseConvolution);
