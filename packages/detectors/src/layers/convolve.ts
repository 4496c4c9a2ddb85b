/** The three kinds of convolution layer a detector is made of, by parameter name. Tensors are `[B, H, W, C]`. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { convolution, depthwiseConvolution } from '@sed/tensor-ops';
import type { Parameters } from '../types.ts';
import { kernelOf, vectorOf } from './lookup.ts';
import { foldedFilter } from './norm.ts';

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
    const { filter, scale, bias } = foldedFilter(parameters, name, norm, epsilon);
    return op(x, filter, {
      ...(scale && { scale }),
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
