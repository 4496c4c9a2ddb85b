/**
 * The kernels of `kernels.ts` composed of stock tfjs ops, for a backend that brings none of its own.
 *
 * The gradients use only forward convolutions, slices and matrix products: wasm lacks the stock backward kernels, and
 * tfjs-node's refuse explicit padding. They are also the fast forms on the JavaScript backends, whose backward kernels are plain loops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as names from './kernels.ts';
import type {
  ActivationGradientAttributes,
  ActivationGradientInputs,
  ConvolutionActivation,
  ConvolutionAttributes,
  ConvolutionInputs,
  FilterGradientAttributes,
  FilterGradientInputs,
  InputGradientAttributes,
  InputGradientInputs,
  Padding,
  Strides,
} from './kernels.ts';

type Body = (inputs: Record<string, Tensor>, attrs: Record<string, unknown>, backendName: string) => Tensor;

/** tf.conv2d with explicit padding; tfjs-node's kernel takes none, so there the image is padded first. */
function convolve(x: Tensor4D, filter: Tensor4D, strides: Strides, padding: Padding, backendName: string): Tensor4D {
  if (padding.every((p) => p === 0)) return tf.conv2d(x, filter, strides as [number, number], 'valid');
  if (backendName === 'tensorflow') {
    return tf.conv2d(padOrCrop(x, padding), filter, strides as [number, number], 'valid');
  }
  return tf.conv2d(x, filter, strides as [number, number], explicit(padding));
}

/** As `convolve`, one filter a channel. */
function convolveDepthwise(
  x: Tensor4D,
  filter: Tensor4D,
  strides: Strides,
  padding: Padding,
  backendName: string,
): Tensor4D {
  if (padding.every((p) => p === 0)) return tf.depthwiseConv2d(x, filter, strides as [number, number], 'valid');
  if (backendName === 'tensorflow') {
    return tf.depthwiseConv2d(padOrCrop(x, padding), filter, strides as [number, number], 'valid');
  }
  return tf.depthwiseConv2d(x, filter, strides as [number, number], explicit(padding));
}

function explicit(padding: Padding): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [padding[0], padding[1]],
    [padding[2], padding[3]],
    [0, 0],
  ];
}

/** Zeros around the grid where the padding is positive, rows and columns cut off where it is negative. */
function padOrCrop(x: Tensor4D, [top, bottom, left, right]: Padding): Tensor4D {
  let y = x;
  if (top < 0 || bottom < 0 || left < 0 || right < 0) {
    const [batch, height, width, channels] = x.shape;
    const cut = [-top, -bottom, -left, -right].map((n) => Math.max(0, n)) as [number, number, number, number];
    y = tf.slice(y, [0, cut[0], cut[2], 0], [batch, height - cut[0] - cut[1], width - cut[2] - cut[3], channels]);
  }
  if (top <= 0 && bottom <= 0 && left <= 0 && right <= 0) return y;
  return tf.pad(y, [
    [0, 0],
    [Math.max(0, top), Math.max(0, bottom)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ]);
}

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

const nonNegative = (padding: Padding): Padding => padding.map((p) => Math.max(0, p)) as unknown as Padding;
const negative = (padding: Padding): Padding => padding.map((p) => Math.min(0, p)) as unknown as Padding;

function activate(y: Tensor4D, activation: ConvolutionActivation): Tensor4D {
  if (activation === 'none') return y;
  return activation === 'relu' ? tf.relu(y) : tf.relu6(y);
}

/** `filter [kh,kw,I,O]` times `scale [O]`, or `[kh,kw,C,1]` times `[C]`. */
export function scaleFilter(filter: Tensor4D, scale: Tensor1D | undefined, depthwise: boolean): Tensor4D {
  if (scale === undefined) return filter;
  return tf.mul(filter, depthwise ? tf.reshape(scale, [scale.shape[0], 1]) : scale);
}

function forward(depthwise: boolean): Body {
  return (inputs, attrs, backendName) => {
    const { x, filter, scale, bias } = inputs as unknown as ConvolutionInputs<Tensor>;
    const { strides, padding, activation } = attrs as unknown as ConvolutionAttributes;
    const effective = scaleFilter(filter as Tensor4D, scale as Tensor1D | undefined, depthwise);
    let y = (depthwise ? convolveDepthwise : convolve)(x as Tensor4D, effective, strides, padding, backendName);
    if (bias) y = tf.add(y, bias);
    return activate(y, activation);
  };
}

function inputGradient(depthwise: boolean): Body {
  return (inputs, attrs, backendName) => {
    const { dy, filter, scale } = inputs as unknown as InputGradientInputs<Tensor>;
    const { inputShape, strides, padding } = attrs as unknown as InputGradientAttributes;
    const effective = scaleFilter(filter as Tensor4D, scale as Tensor1D | undefined, depthwise);
    const flipped = effective.shape[0] * effective.shape[1] > 1 ? tf.reverse4d(effective, [0, 1]) : effective;
    const dilated = dilate(dy as Tensor4D, strides);
    const around = transposedPadding(inputShape, filter.shape, dilated.shape, padding);
    const source = padOrCrop(dilated, negative(around));
    if (depthwise) return convolveDepthwise(source, flipped, [1, 1], nonNegative(around), backendName);
    return convolve(source, tf.transpose(flipped, [0, 1, 3, 2]), [1, 1], nonNegative(around), backendName);
  };
}

/** The input under one tap of the filter: `[B,H',W',channels]`. */
function underTap(padded: Tensor4D, row: number, column: number, grid: readonly number[], strides: Strides): Tensor4D {
  const [batch, , , channels] = padded.shape;
  const height = (grid[1]! - 1) * strides[0] + 1;
  const width = (grid[2]! - 1) * strides[1] + 1;
  if (strides[0] === 1 && strides[1] === 1) {
    if (height === padded.shape[1] && width === padded.shape[2]) return padded;
    return tf.slice(padded, [0, row, column, 0], [batch, height, width, channels]);
  }
  return tf.stridedSlice(
    padded,
    [0, row, column, 0],
    [batch, row + height, column + width, channels],
    [1, strides[0], strides[1], 1],
  ) as Tensor4D;
}

function filterGradient(depthwise: boolean): Body {
  return (inputs, attrs) => {
    const { x, dy } = inputs as unknown as FilterGradientInputs<Tensor>;
    const { filterShape, strides, padding } = attrs as unknown as FilterGradientAttributes;
    const [kh, kw, channels] = filterShape;
    const padded = padOrCrop(x as Tensor4D, padding);
    const rows = dy.size / dy.shape[3]!;
    const dyRows: Tensor2D = tf.reshape(dy, [rows, dy.shape[3]!]);
    const taps: Tensor[] = [];
    for (let row = 0; row < kh; row++) {
      for (let column = 0; column < kw; column++) {
        const tap = tf.reshape(underTap(padded, row, column, dy.shape, strides), [rows, channels]);
        taps.push(depthwise ? tf.sum(tf.mul(tap, dyRows), 0) : tf.matMul(tap, dyRows, true, false));
      }
    }
    return tf.reshape(
      taps.length === 1 ? taps[0]! : tf.concat(taps, 0),
      filterShape as [number, number, number, number],
    );
  };
}

const activationGradient: Body = (inputs, attrs) => {
  const { dy, y } = inputs as unknown as ActivationGradientInputs<Tensor>;
  const { activation } = attrs as unknown as ActivationGradientAttributes;
  const open = tf.step(y);
  return tf.mul(dy, activation === 'relu' ? open : tf.mul(open, tf.step(tf.sub(6, y))));
};

const bodies: Record<string, Body> = {
  [names.SED_CONVOLUTION]: forward(false),
  [names.SED_CONVOLUTION_INPUT_GRADIENT]: inputGradient(false),
  [names.SED_CONVOLUTION_FILTER_GRADIENT]: filterGradient(false),
  [names.SED_DEPTHWISE_CONVOLUTION]: forward(true),
  [names.SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT]: inputGradient(true),
  [names.SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT]: filterGradient(true),
  [names.SED_ACTIVATION_GRADIENT]: activationGradient,
};

/** The composition of one of this package's kernels, ready for `registerKernel`. */
export function portableKernel(kernelName: string, backendName: string): KernelConfig {
  const body = bodies[kernelName]!;
  return {
    kernelName,
    backendName,
    // tfjs takes the intermediate tensors of a kernel for leaks unless they are disposed of here.
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => body(inputs as Record<string, Tensor>, attrs as unknown as Record<string, unknown>, backendName)),
  };
}
