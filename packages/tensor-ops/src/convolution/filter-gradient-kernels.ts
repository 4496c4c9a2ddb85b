/** The kernels of the gradients with respect to a convolution's filter. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineKernel, type Kernel } from '../kernel.ts';
import type { Padding, Shape4D, Strides } from './geometry.ts';
import { explicit, padOrCrop, scaleFilter } from './padded.ts';

/** What the convolution took, and `dy [B,H',W',O]` (before the activation). */
export interface FilterGradientInputs {
  readonly x: Tensor4D;
  readonly dy: Tensor4D;
  readonly scale?: Tensor1D;
}
export interface FilterGradientAttributes {
  /** `[kh,kw,I,O]` or `[kh,kw,C,1]`. */
  readonly filterShape: Shape4D;
  readonly strides: Strides;
  readonly padding: Padding;
}
/** One of the two. */
export type FilterGradientKernel = Kernel<FilterGradientInputs, FilterGradientAttributes, Tensor4D>;

/**
 * The input split by position modulo the strides: part (r, c) holds rows r, r + sy, … and columns c, c + sx, … So what
 * the filter's taps see of a strided convolution are plain slices of one part; tfjs's strided slice is slow on wasm.
 */
function splitByStride(padded: Tensor4D, [sy, sx]: Strides): Tensor4D[][] {
  if (sy === 1 && sx === 1) return [[padded]];
  const up = (n: number, stride: number): number => Math.ceil(n / stride) * stride;
  const [height, width] = [up(padded.shape[1], sy), up(padded.shape[2], sx)];
  const whole = padOrCrop(padded, [0, height - padded.shape[1], 0, width - padded.shape[2]]);
  const [batch, , , channels] = whole.shape;
  return range(sy).map((r) => {
    const byRow = tf.reshape(whole, [batch, height / sy, sy, width * channels]);
    const rows = tf.slice(byRow, [0, 0, r, 0], [batch, height / sy, 1, width * channels]);
    return range(sx).map((c) => {
      const byColumn = tf.reshape(rows, [(batch * height) / sy, width / sx, sx, channels]);
      const part = tf.slice(byColumn, [0, 0, c, 0], [(batch * height) / sy, width / sx, 1, channels]);
      return tf.reshape(part, [batch, height / sy, width / sx, channels]);
    });
  });
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** What every tap of the filter sees, `[B,H',W',channels]` each, row by row. */
function underTaps(x: Tensor4D, dy: Tensor4D, attributes: FilterGradientAttributes): Tensor4D[] {
  const { filterShape, strides, padding } = attributes;
  const parts = splitByStride(padOrCrop(x, padding), strides);
  const [batch, height, width] = dy.shape;
  return range(filterShape[0]).flatMap((row) =>
    range(filterShape[1]).map((column) => {
      const part = parts[row % strides[0]]![column % strides[1]]!;
      if (part.shape[1] === height && part.shape[2] === width) return part;
      const begin = [0, Math.floor(row / strides[0]), Math.floor(column / strides[1]), 0];
      return tf.slice(part, begin, [batch, height, width, x.shape[3]]);
    }),
  );
}

/** aᵀ b. The wasm backend is slow at transposed products and at transposing, so there the narrower side is turned. */
function transposedProduct(a: Tensor2D, b: Tensor2D, backendName: string): Tensor2D {
  if (backendName !== 'wasm') return tf.matMul(a, b, true, false);
  if (a.shape[1] <= b.shape[1]) return tf.matMul(tf.transpose(a), b);
  return tf.transpose(tf.matMul(tf.transpose(b), a));
}

const unscaled: FilterGradientKernel['portable'] = ({ x, dy }, attributes, backendName) => {
  const [kh, kw, channels, outputs] = attributes.filterShape;
  if (backendName === 'wasm' && kh * kw > 1) {
    // Σ over batch and positions of x · dy is itself a convolution, with the batch as the channels it sums over, dy as
    // its filter and the stride as its dilation; XNNPACK runs it at the speed of a forward pass.
    const { strides, padding } = attributes;
    const byChannel = tf.transpose(x, [3, 1, 2, 0]);
    const asFilter = tf.transpose(dy, [1, 2, 0, 3]);
    const whole = tf.conv2d(byChannel, asFilter, 1, explicit(padding), 'NHWC', strides as [number, number]);
    // Rows that the forward pass left out at the end show up as taps that the filter does not have.
    return tf.transpose(tf.slice(whole, [0, 0, 0, 0], [channels, kh, kw, outputs]), [1, 2, 0, 3]);
  }
  const positions = dy.size / outputs;
  const dyRows: Tensor2D = tf.reshape(dy, [positions, outputs]);
  const taps = underTaps(x, dy, attributes).map((tap) =>
    transposedProduct(tf.reshape(tap, [positions, channels]), dyRows, backendName),
  );
  return tf.reshape(taps.length === 1 ? taps[0]! : tf.concat(taps, 0), [kh, kw, channels, outputs]);
};

const unscaledDepthwise: FilterGradientKernel['portable'] = ({ x, dy }, attributes) => {
  const [kh, kw, channels] = attributes.filterShape;
  const taps = underTaps(x, dy, attributes).map((tap) => tf.sum(tf.mul(tap, dy), [0, 1, 2]));
  return tf.reshape(taps.length === 1 ? taps[0]! : tf.concat(taps, 0), [kh, kw, channels, 1]);
};

/** Of the filter before `scale`, from that of the filter after it. */
const filterGradient =
  (depthwise: boolean): FilterGradientKernel['portable'] =>
  (inputs, attributes, backendName) => {
    const gradient = (depthwise ? unscaledDepthwise : unscaled)(inputs, attributes, backendName);
    return scaleFilter(gradient, inputs.scale, depthwise);
  };

/** → gradient of `filter`, `[kh,kw,I,O]`; without `scale` that is one of `filter · scale`. */
export const convolutionFilterGradientKernel: FilterGradientKernel = defineKernel(
  'SedConvolutionFilterGradient',
  filterGradient(false),
);
/** The same, one filter a channel: `[kh,kw,C,1]`. */
export const depthwiseConvolutionFilterGradientKernel: FilterGradientKernel = defineKernel(
  'SedDepthwiseConvolutionFilterGradient',
  filterGradient(true),
);
