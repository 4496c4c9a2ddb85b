/**
 * The kernels of `kernels.ts` composed of stock tfjs ops, for a backend that brings none of its own.
 *
 * The gradients use only forward convolutions, slices and matrix products: wasm lacks the stock backward kernels, and
 * tfjs-node's refuse explicit padding. They are also the fast forms on the JavaScript backends, whose backward kernels are plain loops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { portableComparison } from '../divergence/compare-bernoulli.ts';
import { portableFocalLoss } from '../divergence/focal-loss.ts';
import { SED_COMPARE_BERNOULLI, SED_FOCAL_LOSS } from '../divergence/kernels.ts';
import { normBodies } from '../norm/portable.ts';
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
import { runKernel } from './run.ts';

type Body<T = Tensor> = (inputs: Record<string, Tensor>, attrs: Record<string, unknown>, backendName: string) => T;

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
function scaleFilter(filter: Tensor4D, scale: Tensor1D | undefined, depthwise: boolean): Tensor4D {
  if (scale === undefined) return filter;
  return tf.mul(filter, depthwise ? tf.reshape(scale, [scale.shape[0], 1]) : scale);
}

const fusedInputs = (x: Tensor, filter: Tensor, bias: Tensor | undefined): Record<string, Tensor> =>
  bias === undefined ? { x, filter } : { x, filter, bias };

function forward(depthwise: boolean): Body {
  return (inputs, attrs, backendName) => {
    const { x, filter, scale, bias } = inputs as unknown as ConvolutionInputs<Tensor>;
    const { strides, padding, activation } = attrs as unknown as ConvolutionAttributes;
    const effective = scaleFilter(filter as Tensor4D, scale as Tensor1D | undefined, depthwise);
    if (backendName === 'wasm') {
      // XNNPACK adds the bias and clamps in the same pass. tf.fused.conv2d would not: it refuses under a gradient tape.
      return tf
        .engine()
        .runKernel(depthwise ? tf.FusedDepthwiseConv2D : tf.FusedConv2D, fusedInputs(x, effective, bias), {
          strides: [...strides],
          pad: explicit(padding),
          dataFormat: 'NHWC',
          dilations: [1, 1],
          activation: activation === 'none' ? 'linear' : activation,
        }) as Tensor;
    }
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

/**
 * The input split by position modulo the strides: part (r, c) holds rows r, r + sy, … and columns c, c + sx, … So what the filter's taps see
 * of a strided convolution are plain slices of one part; tfjs's strided slice is slow on wasm.
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
      return tf.slice(part, begin as [number, number, number, number], [batch, height, width, x.shape[3]]);
    }),
  );
}

/** aᵀ b. The wasm backend is slow at transposed products and at transposing, so there the narrower side is turned. */
function transposedProduct(a: Tensor2D, b: Tensor2D, backendName: string): Tensor2D {
  if (backendName !== 'wasm') return tf.matMul(a, b, true, false);
  if (a.shape[1] <= b.shape[1]) return tf.matMul(tf.transpose(a), b);
  return tf.transpose(tf.matMul(tf.transpose(b), a));
}

const unscaledFilterGradient: Body = (inputs, attrs, backendName) => {
  const { x, dy } = inputs as unknown as FilterGradientInputs<Tensor4D>;
  const attributes = attrs as unknown as FilterGradientAttributes;
  const [kh, kw, channels, outputs] = attributes.filterShape;
  if (backendName === 'wasm' && kh * kw > 1) {
    // Σ over batch and positions of x · dy is itself a convolution, with the batch as the channels it sums over, dy as its filter and
    // the stride as its dilation; XNNPACK runs it at the speed of a forward pass.
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

const unscaledDepthwiseFilterGradient: Body = (inputs, attrs) => {
  const { x, dy } = inputs as unknown as FilterGradientInputs<Tensor4D>;
  const attributes = attrs as unknown as FilterGradientAttributes;
  const [kh, kw, channels] = attributes.filterShape;
  const taps = underTaps(x, dy, attributes).map((tap) => tf.sum(tf.mul(tap, dy), [0, 1, 2]));
  return tf.reshape(taps.length === 1 ? taps[0]! : tf.concat(taps, 0), [kh, kw, channels, 1]);
};

/** Of the filter before `scale`, from that of the filter after it. */
function filterGradient(depthwise: boolean): Body {
  const unscaled = depthwise ? unscaledDepthwiseFilterGradient : unscaledFilterGradient;
  return (inputs, attrs, backendName) =>
    scaleFilter(unscaled(inputs, attrs, backendName) as Tensor4D, inputs['scale'] as Tensor1D | undefined, depthwise);
}

const activationGradient: Body = (inputs, attrs) => {
  const { dy, y } = inputs as unknown as ActivationGradientInputs<Tensor>;
  const { activation } = attrs as unknown as ActivationGradientAttributes;
  const open = tf.step(y);
  return tf.mul(dy, activation === 'relu' ? open : tf.mul(open, tf.step(tf.sub(6, y))));
};

/** Over all axes but the last. */
const biasGradient: Body = ({ dy }) => tf.sum(tf.reshape(dy!, [-1, dy!.shape.at(-1)!]), 0);

/** The activation's gradient by the backend's own kernel, where it has one. */
const biasActivationGradient: Body<Tensor[]> = (inputs, attributes) => {
  const dz = runKernel(names.SED_ACTIVATION_GRADIENT, inputs, attributes);
  return [dz, biasGradient({ dy: dz }, {}, '')];
};

const addRelu: Body = ({ a, b }) => tf.relu(tf.add(a!, b!));

const bodies: Record<string, Body<Tensor | Tensor[]>> = {
  ...normBodies,
  [SED_FOCAL_LOSS]: portableFocalLoss,
  [SED_COMPARE_BERNOULLI]: portableComparison,
  [names.SED_CONVOLUTION]: forward(false),
  [names.SED_CONVOLUTION_INPUT_GRADIENT]: inputGradient(false),
  [names.SED_CONVOLUTION_FILTER_GRADIENT]: filterGradient(false),
  [names.SED_DEPTHWISE_CONVOLUTION]: forward(true),
  [names.SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT]: inputGradient(true),
  [names.SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT]: filterGradient(true),
  [names.SED_ACTIVATION_GRADIENT]: activationGradient,
  [names.SED_BIAS_ACTIVATION_GRADIENT]: biasActivationGradient,
  [names.SED_BIAS_GRADIENT]: biasGradient,
  [names.SED_ADD_RELU]: addRelu,
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
