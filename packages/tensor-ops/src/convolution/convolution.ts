import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { checkChoice } from '../arguments/options.ts';
import { runConvolution } from './gradient.ts';
import { outputGrid } from './geometry.ts';
import type { ConvolutionActivation, Padding, Strides } from './geometry.ts';
import { samePadding } from './padding.ts';

/** Options of `convolution` and `depthwiseConvolution`. */
export interface ConvolutionOptions {
  /** Step in both directions, or `[vertical, horizontal]`; default 1. */
  strides?: number | Strides;
  /**
   * Zeros on all four sides (PyTorch's `padding`), or `[top, bottom, left, right]`, or TensorFlow's SAME; default 0.
   */
  padding?: number | Padding | 'same';
  /**
   * Multiplies the filter's output channels, `[O]`: the γ / √(σ² + ε) of a frozen batch normalization. Differentiable.
   */
  scale?: Tensor1D;
  /** Added to every position, `[O]`: β - μγ / √(σ² + ε) of a frozen batch normalization. Differentiable. */
  bias?: Tensor1D;
  /** What follows; default `none`. */
  activation?: ConvolutionActivation;
}

/**
 * Convolution, a frozen affine, bias and activation in one op: `activation(conv(x, filter · scale) + bias)`, as
 * PyTorch's `conv2d` with the filter permuted to HWIO. Its gradient remembers no tensor but the inputs and the output.
 *
 * @param x `[B, H, W, I]`
 * @param filter `[kh, kw, I, O]`
 * @returns `[B, H', W', O]` with H' = floor((H + top + bottom - kh) / sy) + 1
 * @throws Error where shapes do not fit each other
 */
export function convolution(x: Tensor4D, filter: Tensor4D, options: ConvolutionOptions = {}): Tensor4D {
  return run(false, x, filter, options);
}

/**
 * As `convolution`, one filter a channel (PyTorch's `groups = C`).
 *
 * @param x `[B, H, W, C]`
 * @param filter `[kh, kw, C, 1]`
 * @returns `[B, H', W', C]`
 * @throws Error where shapes do not fit each other
 */
export function depthwiseConvolution(x: Tensor4D, filter: Tensor4D, options: ConvolutionOptions = {}): Tensor4D {
  return run(true, x, filter, options);
}

function run(depthwise: boolean, x: Tensor4D, filter: Tensor4D, options: ConvolutionOptions): Tensor4D {
  const { scale, bias, activation = 'none' } = options;
  const strides: Strides =
    options.strides === undefined
      ? [1, 1]
      : typeof options.strides === 'number'
        ? [options.strides, options.strides]
        : options.strides;
  const op = depthwise ? 'depthwiseConvolution' : 'convolution';
  checkChoice(op, 'options.activation', activation, ['none', 'relu', 'relu6']);
  checkShapes(op, depthwise, x, filter, scale, bias);
  const padding = resolvePadding(options.padding, x, filter, strides);
  checkGeometry(op, x, filter, strides, padding);
  const inputs: { x: Tensor4D; filter: Tensor4D; scale?: Tensor1D; bias?: Tensor1D } = { x, filter };
  if (scale !== undefined) inputs.scale = scale;
  if (bias !== undefined) inputs.bias = bias;
  return runConvolution(depthwise, inputs, { strides, padding, activation });
}

function resolvePadding(
  padding: ConvolutionOptions['padding'],
  x: Tensor4D,
  filter: Tensor4D,
  strides: Strides,
): Padding {
  if (padding === undefined) return [0, 0, 0, 0];
  if (typeof padding === 'number') return [padding, padding, padding, padding];
  if (padding === 'same') return samePadding(x.shape[1], x.shape[2], filter.shape[0], filter.shape[1], strides);
  return padding;
}

function checkShapes(
  op: string,
  depthwise: boolean,
  x: Tensor4D,
  filter: Tensor4D,
  scale: Tensor1D | undefined,
  bias: Tensor1D | undefined,
): void {
  if (x.rank !== 4) throw new Error(`${op}: x must be [B, H, W, C], got [${x.shape}]`);
  if (filter.rank !== 4) {
    throw new Error(`${op}: filter must be ${depthwise ? '[kh, kw, C, 1]' : '[kh, kw, I, O]'}, got [${filter.shape}]`);
  }
  if (filter.shape[2] !== x.shape[3]) {
    throw new Error(
      `${op}: x [${x.shape}] has ${x.shape[3]} channels, filter [${filter.shape}] takes ${filter.shape[2]}`,
    );
  }
  if (depthwise && filter.shape[3] !== 1) {
    throw new Error(
      `${op}: filter must be [kh, kw, C, 1], got [${filter.shape}]; a channel multiplier is not supported`,
    );
  }
  const channels = depthwise ? filter.shape[2] : filter.shape[3];
  if (scale !== undefined && (scale.rank !== 1 || scale.shape[0] !== channels)) {
    throw new Error(`${op}: scale must be [${channels}], got [${scale.shape}]`);
  }
  if (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== channels)) {
    throw new Error(`${op}: bias must be [${channels}], got [${bias.shape}]`);
  }
}

function checkGeometry(op: string, x: Tensor4D, filter: Tensor4D, strides: Strides, padding: Padding): void {
  if (!(Number.isInteger(strides[0]) && Number.isInteger(strides[1]) && strides[0] > 0 && strides[1] > 0)) {
    throw new Error(`${op}: strides must be positive integers, got [${strides}]`);
  }
  if (padding.length !== 4 || !padding.every((p) => Number.isInteger(p) && p >= 0)) {
    throw new Error(`${op}: padding must be four integers >= 0 [top, bottom, left, right], got [${padding}]`);
  }
  const [height, width] = outputGrid(x.shape, filter.shape, strides, padding);
  if (height < 1 || width < 1) {
    throw new Error(
      `${op}: the filter [${filter.shape}] does not fit into x [${x.shape}] with padding [${padding}]; pad more or use a larger image`,
    );
  }
}
