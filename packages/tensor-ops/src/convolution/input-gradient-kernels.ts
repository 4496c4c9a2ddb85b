/**
 * The kernels of the gradients with respect to a convolution's input: a convolution of the gradient, spread out by the
 * stride, with the filter turned.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineKernel, type Kernel } from '../kernel.ts';
import type { Padding, Shape4D, Strides } from './geometry.ts';
import { convolve, convolveDepthwise, padOrCrop, scaleFilter } from './padded.ts';

/** `dy [B,H',W',O]` (before the activation), and what the convolution took. */
export interface InputGradientInputs {
  readonly dy: Tensor4D;
  readonly filter: Tensor4D;
  readonly scale?: Tensor1D;
}
export interface InputGradientAttributes {
  /** x's `[B,H,W,I]`. */
  readonly inputShape: Shape4D;
  readonly strides: Strides;
  readonly padding: Padding;
}
/** One of the two. */
export type InputGradientKernel = Kernel<InputGradientInputs, InputGradientAttributes, Tensor4D>;

/** Puts sy - 1 zero rows after every row and sx - 1 zero columns after every column. */
function dilate(dy: Tensor4D, [sy, sx]: Strides): Tensor4D {
  const [batch, height, width, channels] = dy.shape;
  let y: Tensor = dy;
  if (sx > 1) {
    y = tf.pad(tf.reshape(y, [batch * height * width, channels]), [
      [0, 0],
      [0, (sx - 1) * channels],
    ]);
  }
  if (sy > 1) {
    const row = width * sx * channels;
    y = tf.pad(tf.reshape(y, [batch * height, row]), [
      [0, 0],
      [0, (sy - 1) * row],
    ]);
  }
  return tf.reshape(y, [batch, height * sy, width * sx, channels]);
}

/**
 * Padding of the dilated gradient so that a stride-1 convolution with the flipped filter gives the input's gradient.
 * It is negative where the forward pass never looked at the last rows or padded more than the filter reaches.
 */
function transposedPadding(
  inputShape: readonly number[],
  filterShape: readonly number[],
  dilatedShape: readonly number[],
  padding: Padding,
): Padding {
  const [height, width] = [inputShape[1]!, inputShape[2]!];
  const [top, , left] = padding;
  return [
    filterShape[0]! - 1 - top,
    height + top - dilatedShape[1]!,
    filterShape[1]! - 1 - left,
    width + left - dilatedShape[2]!,
  ];
}

type Sides = [number, number, number, number];
const nonNegative = (padding: Padding): Padding => padding.map((p) => Math.max(0, p)) as Sides;
const negative = (padding: Padding): Padding => padding.map((p) => Math.min(0, p)) as Sides;

const inputGradient =
  (depthwise: boolean): InputGradientKernel['portable'] =>
  ({ dy, filter, scale }, { inputShape, strides, padding }, backendName) => {
    const effective = scaleFilter(filter, scale, depthwise);
    const flipped = effective.shape[0] * effective.shape[1] > 1 ? tf.reverse4d(effective, [0, 1]) : effective;
    const dilated = dilate(dy, strides);
    const around = transposedPadding(inputShape, filter.shape, dilated.shape, padding);
    const source = padOrCrop(dilated, negative(around));
    if (depthwise) return convolveDepthwise(source, flipped, [1, 1], nonNegative(around), backendName);
    return convolve(source, tf.transpose(flipped, [0, 1, 3, 2]), [1, 1], nonNegative(around), backendName);
  };

/** → `dx [B,H,W,I]`. */
export const convolutionInputGradientKernel: InputGradientKernel = defineKernel(
  'SedConvolutionInputGradient',
  inputGradient(false),
);
/** The same, one filter a channel. */
export const depthwiseConvolutionInputGradientKernel: InputGradientKernel = defineKernel(
  'SedDepthwiseConvolutionInputGradient',
  inputGradient(true),
);
