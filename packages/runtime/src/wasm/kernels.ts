/**
 * The gradient kernels that tfjs's wasm backend lacks (tfjs issues 8474 and 8082), composed of those it has, so that it
 * can train. Each follows tfjs's definition of the kernel: its attributes, its shapes, its rounding.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, Tensor, Tensor2D, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import { registerHeapKernels } from './heap.ts';
import { registerMissing, replaceStock } from './stock-kernels.ts';

type Inputs<Name extends string> = Readonly<Record<Name, Tensor>>;
type ConvolutionInfo = tf.backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** Zeros around the grid, as the convolution saw it. */
function padded(x: Tensor4D, { padInfo }: ConvolutionInfo): Tensor4D {
  const { top, bottom, left, right } = padInfo;
  if (top + bottom + left + right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

/** Under each tap of the filter, row by row, the part of the padded input that it meets: `[B·H'·W', C]`. */
function underTaps(x: Tensor4D, info: ConvolutionInfo, use: (rows: Tensor2D) => Tensor): Tensor[] {
  const source = padded(x, info);
  const [batch, , , channels] = source.shape;
  const { outHeight, outWidth, strideHeight, strideWidth } = info;
  const taps: Tensor[] = [];
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const end = [
        batch,
        row + (outHeight - 1) * strideHeight + 1,
        column + (outWidth - 1) * strideWidth + 1,
        channels,
      ];
      // Each slice is freed before the next: together they are as many inputs as the filter has taps.
      const tap = tf.tidy(() => {
        const part = tf.stridedSlice(source, [0, row, column, 0], end, [1, strideHeight, strideWidth, 1]);
        return use(tf.reshape(part, [batch * outHeight * outWidth, channels]));
      });
      taps.push(tap);
    }
  }
  return taps;
}

function filterGradient({ x, dy }: Inputs<'x' | 'dy'>, attributes: tf.Conv2DBackpropFilterAttrs): Tensor {
  const { filterShape, strides, pad, dataFormat, dimRoundingMode } = attributes;
  if (dataFormat !== 'NHWC')
    throw new Error(`The gradient of conv2d on wasm: the data format is ${dataFormat}, only NHWC is supported.`);
  const xShape = x.shape as Shape4D;
  const info = tf.backend_util.computeConv2DInfo(xShape, filterShape, strides, 1, pad, dimRoundingMode);
  const dyRows: Tensor2D = tf.reshape(dy, [-1, info.outChannels]);
  const taps = underTaps(x as Tensor4D, info, (rows) => tf.matMul(rows, dyRows, true, false));
  return tf.reshape(tf.concat(taps, 0), filterShape);
}

function depthwiseInfo(
  xShape: readonly number[],
  {
    strides,
    pad,
    dimRoundingMode,
  }: tf.DepthwiseConv2dNativeBackpropFilterAttrs | tf.DepthwiseConv2dNativeBackpropInputAttrs,
  filterShape: readonly number[],
): ConvolutionInfo {
  const [x, filter] = [xShape as Shape4D, filterShape as Shape4D];
  return tf.backend_util.computeConv2DInfo(x, filter, strides, 1, pad, dimRoundingMode, true); // tfjs differentiates no dilated one
}

function depthwiseFilterGradient(
  { x, dy }: Inputs<'x' | 'dy'>,
  attributes: tf.DepthwiseConv2dNativeBackpropFilterAttrs,
): Tensor {
  const { filterShape } = attributes;
  const info = depthwiseInfo(x.shape, attributes, filterShape);
  const multiplier = filterShape[3];
  // One product of vectors per channel and multiplier; dy's channels are channel-major.
  const dyRows = tf.reshape(dy, [-1, info.inChannels, multiplier]);
  const taps = underTaps(x as Tensor4D, info, (rows) => tf.sum(tf.mul(tf.expandDims(rows, 2), dyRows), 0));
  return tf.reshape(tf.concat(taps, 0), filterShape);
}

/**
 * The input's gradient is a convolution of stride 1 over dy, spread out by the stride, with the filter turned around.
 */
function depthwiseInputGradient(
  { dy, filter }: Inputs<'dy' | 'filter'>,
  attributes: tf.DepthwiseConv2dNativeBackpropInputAttrs,
): Tensor {
  const info = depthwiseInfo(attributes.inputShape, attributes, filter.shape);
  const { inChannels } = info;
  const [kh, kw, , multiplier] = filter.shape as Shape4D;
  const flipped = tf.reverse(filter as Tensor4D, [0, 1]);
  const parts: Tensor[] = [];
  for (let m = 0; m < multiplier; m++) {
    const part = tf.tidy(() => {
      const all = tf.reshape(dy, [...dy.shape.slice(0, 3), inChannels, multiplier]);
      const one: Tensor4D =
        multiplier === 1 ? (dy as Tensor4D) : tf.squeeze(tf.slice(all, [0, 0, 0, 0, m], [-1, -1, -1, -1, 1]), [4]);
      const taps = tf.slice<tf.Rank.R4, Tensor4D>(flipped, [0, 0, 0, m], [kh, kw, inChannels, 1]);
      return tf.depthwiseConv2d(framedGradient(one, info), taps, 1, 'valid');
    });
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : tf.addN(parts);
}

/**
 * dy spread out by the stride, in a frame so that a convolution without padding and of stride 1 yields the input's
 * size.
 */
function framedGradient(dy: Tensor4D, info: ConvolutionInfo): Tensor4D {
  const [reachY, reachX] = [info.filterHeight - 1, info.filterWidth - 1];
  const spread = spreadOut(dy, info.strideHeight, info.strideWidth);
  const [top, left] = [reachY - info.padInfo.top, reachX - info.padInfo.left];
  const [bottom, right] = [
    info.inHeight + reachY - top - spread.shape[1],
    info.inWidth + reachX - left - spread.shape[2],
  ];
  return frame(spread, [top, bottom, left, right]);
}

/** Puts `sy - 1` zero rows after each row and `sx - 1` zero columns after each column. */
function spreadOut(dy: Tensor4D, sy: number, sx: number): Tensor4D {
  const [batch, height, width, channels] = dy.shape;
  let y: Tensor = dy;
  if (sx > 1)
    y = tf.pad(tf.reshape(y, [batch * height * width, channels]), [
      [0, 0],
      [0, (sx - 1) * channels],
    ]);
  if (sy > 1)
    y = tf.pad(tf.reshape(y, [batch * height, width * sx * channels]), [
      [0, 0],
      [0, (sy - 1) * width * sx * channels],
    ]);
  return tf.reshape(y, [batch, height * sy, width * sx, channels]);
}

/** Zeros around where positive, rows and columns cut off where negative: `[top, bottom, left, right]`. */
function frame(x: Tensor4D, sides: readonly [number, number, number, number]): Tensor4D {
  const [cutTop, cutBottom, cutLeft, cutRight] = sides.map((n) => Math.max(0, -n)) as [number, number, number, number];
  const [top, bottom, left, right] = sides.map((n) => Math.max(0, n)) as [number, number, number, number];
  const [batch, height, width, channels] = x.shape;
  const size: [number, number, number, number] = [
    batch,
    height - cutTop - cutBottom,
    width - cutLeft - cutRight,
    channels,
  ];
  return tf.pad(tf.slice(x, [0, cutTop, cutLeft, 0], size), [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

/** The gradient of `gather`. Ids outside of `[0, numSegments)` count for nothing, as on the other backends. */
function unsortedSegmentSum(
  { x, segmentIds }: Inputs<'x' | 'segmentIds'>,
  { numSegments }: tf.UnsortedSegmentSumAttrs,
): Tensor {
  const inner = x.shape.slice(segmentIds.rank);
  const width = inner.reduce((a, b) => a * b, 1);
  if (numSegments === 0 || segmentIds.size === 0 || width === 0) return tf.zeros([numSegments, ...inner], x.dtype);
  const ids = tf.reshape(tf.cast(segmentIds, 'int32'), [-1]);
  const inside = tf.logicalAnd(tf.greaterEqual(ids, 0), tf.less(ids, numSegments));
  const bin = tf.where(inside, ids, tf.scalar(numSegments, 'int32')); // one segment more, for those outside
  const rows = tf.reshape(x, [-1, width]);
  const sums = tf.scatterND(tf.expandDims(bin, 1), rows, [numSegments + 1, width]);
  return tf.reshape(tf.slice(sums, [0, 0], [numSegments, width]), [numSegments, ...inner]);
}

/**
 * wasm's own MaxPoolGrad looks for the largest value from 0 up, so in a window without a positive value it finds none
 * and gives the gradient to the first element. Those windows go through it with their values mapped, in order, to
 * positive ones.
 */
const maxPoolGradient =
  (own: KernelFunc): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const { dy, input, output } = inputs as Inputs<'dy' | 'input' | 'output'>;
    return tf.tidy(() => {
      const stock = (gradient: Tensor, values: Tensor): Tensor =>
        tf
          .engine()
          .makeTensorFromTensorInfo(
            own({ inputs: { dy: gradient, input: values, output }, attrs: attrs ?? {}, backend }) as TensorInfo,
          );
      const positive = tf.cast(tf.greater(output, 0), 'float32');
      const found = stock(tf.mul(dy, positive), input);
      if (tf.min(positive).dataSync()[0] === 1) return found;
      const mapped = tf.where(tf.less(input, 0), tf.div(-1, input), tf.fill(input.shape, 3e38));
      return tf.add(found, stock(tf.mul(dy, tf.sub(1, positive)), mapped));
    });
  };

/**
 * Registers the kernels that are missing on `wasm` (one that a later tfjs brings itself is left alone), corrects
 * MaxPoolGrad, and replaces some slow ones.
 */
export function registerWasmKernels(): void {
  registerHeapKernels();
  registerMissing(tf.Conv2DBackpropFilter, filterGradient);
  registerMissing(tf.DepthwiseConv2dNativeBackpropFilter, depthwiseFilterGradient);
  registerMissing(tf.DepthwiseConv2dNativeBackpropInput, depthwiseInputGradient);
  registerMissing(tf.UnsortedSegmentSum, unsortedSegmentSum);
  replaceStock(tf.MaxPoolGrad, maxPoolGradient);
}
