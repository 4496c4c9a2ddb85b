/**
 * Convolutions and their gradients as products of matrices (`addProducts`), one a tap and row of the output, on the
 * tensors' own memory. XNNPACK has to pack a filter that changes at each step, and reaches 42 GFLOP/s where this
 * reaches 51 (filter gradients 23, one thread, no other work).
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import { outputGrid } from '@sed/tensor-ops/kernels';
import {
  convolutionFilterGradientKernel,
  convolutionInputGradientKernel,
  convolutionKernel,
  registerFaster,
  type ConvolutionAttributes,
  type ConvolutionInputs,
  type FilterGradientAttributes,
  type FilterGradientInputs,
  type InputGradientAttributes,
  type InputGradientInputs,
} from '@sed/tensor-ops/kernels';
import { view, type Values, type WasmBackend } from './backend.ts';
import { LANES, loopsOf, productsOf } from './simd.ts';

/**
 * Where rows of a convolution's output meet rows of its input, tap by tap: pixels of each, counted over the batch, and
 * how many.
 */
export function forEachRow(
  x: readonly number[],
  dy: readonly number[],
  { filterShape, strides, padding }: FilterGradientAttributes,
  visit: (xPixel: number, dyPixel: number, tap: number, count: number) => void,
): void {
  const [kh, kw] = filterShape;
  const [batch, height, width] = x as [number, number, number];
  const [, rows, columns] = dy as [number, number, number];
  // where the output's columns meet the input
  const spans = Array.from({ length: kw }, (_, s) => {
    const first = Math.max(0, Math.ceil((padding[2] - s) / strides[1]));
    const last = Math.min(columns - 1, Math.floor((width - 1 + padding[2] - s) / strides[1]));
    return { first, count: last - first + 1, column: first * strides[1] + s - padding[2] };
  });
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < rows; y++) {
      const begin = (b * rows + y) * columns;
      for (let r = 0; r < kh; r++) {
        const row = y * strides[0] + r - padding[0];
        if (row < 0 || row >= height) continue;
        spans.forEach(({ first, count, column }, s) => {
          if (count > 0) visit((b * height + row) * width + column, begin + first, r * kw + s, count);
        });
      }
    }
  }
}

/** Pixels at a time of a 1x1 convolution: they stay in the cache while they meet the whole filter. */
const CHUNK = 128;

/** As `forEachRow`; a 1x1 convolution of stride 1 has rows of any length. */
function forEachPiece(
  x: readonly number[],
  dy: readonly number[],
  given: FilterGradientAttributes,
  visit: (xPixel: number, dyPixel: number, tap: number, count: number) => void,
): void {
  const { filterShape, strides, padding } = given;
  const single = filterShape[0] * filterShape[1] * strides[0] * strides[1] === 1 && padding.every((p) => p === 0);
  if (!single) {
    forEachRow(x, dy, given, visit);
    return;
  }
  const pixels = dy[0]! * dy[1]! * dy[2]!;
  for (let from = 0; from < pixels; from += CHUNK) {
    visit(from, from, 0, Math.min(CHUNK, pixels - from));
  }
}

/**
 * Products over fewer channels spend their time on what is around them: 16 to 96 channels, 1x1, 25 GFLOP/s against
 * XNNPACK's 32.
 */
const FEW_CHANNELS = 24;

/** y = activation(bias + Σ over taps and i of x · filter). */
function forward(given: ConvolutionInputs, attributes: ConvolutionAttributes, backend: WasmBackend): TensorInfo {
  const loops = loopsOf(backend)!;
  const { x, filter, scale, bias } = given;
  const { strides, padding, activation } = attributes;
  const filterShape = filter.shape;
  const [kh, kw, inputs, outputs] = filterShape;
  if (inputs < FEW_CHANNELS || outputs % LANES !== 0) return stock(given, attributes);
  const shape = [x.shape[0], ...outputGrid(x.shape, filterShape, strides, padding), outputs];
  const effective = scale ? tf.mul(filter, scale) : filter;
  const out = backend.makeOutput(shape, 'float32');
  const [from, by, to] = [address(backend, x), address(backend, effective), address(backend, out)];
  const start = bias ? address(backend, bias) : undefined;
  const [inBytes, outBytes] = [4 * inputs, 4 * outputs];
  const pixels = shape[0]! * shape[1]! * shape[2]!;
  if (start === undefined) view(backend, out).fill(0);
  else loops.fillRows(to, start, pixels, outputs);
  const { add, finish } = productsOf(backend, pixels * kh * kw * inputs * outputs);
  forEachPiece(x.shape, shape, { filterShape, strides, padding }, (xPixel, pixel, tap, count) =>
    add(
      ...([from + inBytes * xPixel, inBytes * strides[1], 4] as const),
      ...([by + inBytes * outputs * tap, outBytes] as const),
      ...([to + outBytes * pixel, outBytes] as const),
      ...([count, outputs, inputs] as const),
    ),
  );
  finish();
  if (activation !== 'none') loops.clamp(to, pixels * outputs, activation === 'relu6' ? 6 : Infinity);
  if (scale) effective.dispose();
  return out;
}

/** dx = Σ over taps and o of dy · filter. */
function inputGradient(
  { dy, filter, scale }: InputGradientInputs,
  { inputShape, strides, padding }: InputGradientAttributes,
  backend: WasmBackend,
): TensorInfo {
  const [kh, kw, inputs, outputs] = filter.shape;
  const turned = tf.tidy(() => tf.transpose(scale ? tf.mul(filter, scale) : filter, [0, 1, 3, 2]));
  const out = backend.makeOutput([...inputShape], 'float32');
  const [from, by, to] = [address(backend, dy), address(backend, turned), address(backend, out)];
  const [inBytes, outBytes] = [4 * inputs, 4 * outputs];
  view(backend, out).fill(0);
  const { add, finish } = productsOf(backend, dy.size * kh * kw * inputs);
  const given = { filterShape: filter.shape, strides, padding };
  forEachPiece(inputShape, dy.shape, given, (xPixel, pixel, tap, count) =>
    add(
      ...([from + outBytes * pixel, outBytes, 4] as const),
      ...([by + inBytes * outputs * tap, inBytes] as const),
      ...([to + inBytes * xPixel, inBytes * strides[1]] as const),
      ...([count, inputs, outputs] as const),
    ),
  );
  finish();
  turned.dispose();
  return out;
}

/** dfilter[r, s, i, o] = scale[o] · Σ over pixels of x · dy. */
function filterGradient(
  { x, dy, scale }: FilterGradientInputs,
  given: FilterGradientAttributes,
  backend: WasmBackend,
): TensorInfo {
  const [, , inputs, outputs] = given.filterShape;
  const out = backend.makeOutput([...given.filterShape], 'float32');
  const [from, by, to] = [address(backend, x), address(backend, dy), address(backend, out)];
  const [inBytes, outBytes] = [4 * inputs, 4 * outputs];
  view(backend, out).fill(0);
  const [kh, kw] = given.filterShape;
  const { add, finish } = productsOf(backend, (dy.size / outputs) * kh * kw * inputs * outputs);
  forEachPiece(x.shape, dy.shape, given, (xPixel, pixel, tap, count) =>
    add(
      ...([from + inBytes * xPixel, 4, inBytes * given.strides[1]] as const),
      ...([by + outBytes * pixel, outBytes] as const),
      ...([to + inBytes * outputs * tap, outBytes] as const),
      ...([inputs, outputs, count] as const),
    ),
  );
  finish();
  if (scale) multiplyRows(view(backend, out), view(backend, scale));
  return out;
}

/** Multiplies each row of as many values as there are factors by them. */
export function multiplyRows(values: Values, factors: Values): void {
  for (let row = 0; row < values.length; row += factors.length) {
    for (let i = 0; i < factors.length; i++) values[row + i]! *= factors[i]!;
  }
}

const address = (backend: WasmBackend, info: TensorInfo): number => view(backend, info).byteOffset;

/** XNNPACK's convolution, which adds the bias and clamps in the same pass. */
function stock(
  { x, filter, scale, bias }: ConvolutionInputs,
  { strides, padding, activation }: ConvolutionAttributes,
): Tensor4D {
  return tf.tidy(() => {
    const effective = scale ? tf.mul(filter, scale) : filter;
    const [top, bottom, left, right] = padding;
    return tf.engine().runKernel<Tensor4D>(
      tf.FusedConv2D,
      { x, filter: effective, ...(bias ? { bias } : {}) },
      {
        strides: [...strides],
        pad: [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ],
        dataFormat: 'NHWC',
        dilations: [1, 1],
        activation: activation === 'none' ? 'linear' : activation,
      },
    );
  });
}

/** Registers the kernels, for a WebAssembly with SIMD (`loopsOf`). */
export function registerConvolutionKernels(): void {
  registerFaster(convolutionKernel, 'wasm', forward);
  registerFaster(convolutionInputGradientKernel, 'wasm', inputGradient);
  registerFaster(convolutionFilterGradientKernel, 'wasm', filterGradient);
}
