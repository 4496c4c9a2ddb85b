/**
 * Kernels that work on wasm's memory in place. tfjs's own slice first copies its whole input (splitting one vector into
 * the gradients of a model's layers copied it once a layer), its sum over leading axes transposes first, and the rest
 * is otherwise a chain of such ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  activationGradientKernel,
  depthwiseConvolutionFilterGradientKernel,
  registerFaster,
  type ActivationGradientAttributes,
  type ActivationGradientInputs,
  type FilterGradientAttributes,
  type FilterGradientInputs,
} from '@sed/tensor-ops/kernels';
import { view, type Values, type WasmBackend } from './backend.ts';
import { forEachRow, multiplyRows, registerConvolutionKernels } from './convolution.ts';
import { LANES, loopsOf } from './simd.ts';
import { improveStock } from './stock-kernels.ts';

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

/** Copies the box of `size` at `begin` of an array of `shape`. */
function copyBox(x: Values, shape: readonly number[], begin: readonly number[], size: readonly number[], out: Values) {
  if (out.length === 0) return;
  // Axes behind the last one that is cut are copied in one piece together with it.
  let cut = shape.length - 1;
  while (cut > 0 && size[cut] === shape[cut]) cut--;
  const inner = product(shape.slice(cut + 1));
  const run = (size[cut] ?? 1) * inner;
  const strides = shape.map((_, axis) => product(shape.slice(axis + 1)));
  const outer = size.slice(0, cut);
  const index = outer.map(() => 0);
  let from = begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  for (let to = 0; to < out.length; to += run) {
    if (run < 32) for (let i = 0; i < run; i++) out[to + i] = x[from + i]!;
    else out.set(x.subarray(from, from + run), to);
    for (let axis = cut - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < outer[axis]!) break;
      from -= outer[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
}

function slice(x: Tensor, { begin, size }: tf.SliceAttrs, backend: WasmBackend): TensorInfo {
  const [from, shape] = tf.slice_util.parseSliceParams(x, begin, size) as [number[], number[]];
  const out = backend.makeOutput(shape, x.dtype);
  copyBox(view(backend, x), x.shape, from, shape, view(backend, out));
  return out;
}

function split(x: Tensor, { numOrSizeSplits, axis }: tf.SplitVAttrs, backend: WasmBackend): TensorInfo[] {
  const along = tf.util.parseAxisParam(axis, x.shape)[0]!;
  const begin: number[] = x.shape.map(() => 0);
  return tf.backend_util.prepareSplitSize(x, numOrSizeSplits, along).map((length) => {
    const shape: number[] = [...x.shape];
    shape[along] = length;
    const out = backend.makeOutput(shape, x.dtype);
    copyBox(view(backend, x), x.shape, begin, shape, view(backend, out));
    begin[along]! += length;
    return out;
  });
}

/** Whether the sum is over neighboring axes with others behind them, the case in which tfjs transposes. */
function sumsInFront(x: Tensor, { axis }: tf.SumAttrs): boolean {
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const neighbors = axes.every((a, i) => i === 0 || a === axes[i - 1]! + 1);
  return x.dtype === 'float32' && neighbors && axes.length > 0 && axes.at(-1)! < x.rank - 1;
}

function sum(x: Tensor, { axis, keepDims }: tf.SumAttrs, backend: WasmBackend): TensorInfo {
  const axes = tf.util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const [first, last] = [axes[0]!, axes.at(-1)!];
  const [before, within, behind] = [
    product(x.shape.slice(0, first)),
    product(x.shape.slice(first, last + 1)),
    product(x.shape.slice(last + 1)),
  ];
  const shape = keepDims
    ? x.shape.map((n, i) => (axes.includes(i) ? 1 : n))
    : x.shape.filter((_, i) => !axes.includes(i));
  const out = backend.makeOutput(shape, 'float32');
  const [from, to] = [view(backend, x), view(backend, out)];
  const loops = behind % LANES === 0 ? loopsOf(backend) : undefined;
  if (loops) {
    for (let b = 0; b < before; b++) {
      const at = from.byteOffset + 4 * b * within * behind;
      loops.sumRows(at, to.byteOffset + 4 * b * behind, within, behind, 4 * behind);
    }
    return out;
  }
  const total = new Float64Array(behind);
  for (let b = 0; b < before; b++) {
    total.fill(0);
    for (let row = b * within * behind; row < (b + 1) * within * behind; row += behind) {
      for (let i = 0; i < behind; i++) total[i]! += from[row + i]!;
    }
    to.set(total, b * behind);
  }
  return out;
}

/** Whether the reversed axes are the first ones, so that whole rows change places. */
function reversesInFront(x: Tensor, { dims }: tf.ReverseAttrs): boolean {
  const axes = tf.util.parseAxisParam(dims, x.shape).sort((a, b) => a - b);
  return axes.length > 0 && axes.length < x.rank && axes.every((a, i) => a === i);
}

function reverse(x: Tensor, { dims }: tf.ReverseAttrs, backend: WasmBackend): TensorInfo {
  const count = tf.util.parseAxisParam(dims, x.shape).length;
  const out = backend.makeOutput(x.shape, x.dtype);
  const [from, to] = [view(backend, x), view(backend, out)];
  const [rows, row] = [product(x.shape.slice(0, count)), product(x.shape.slice(count))];
  for (let i = 0; i < rows; i++) to.set(from.subarray(i * row, (i + 1) * row), (rows - 1 - i) * row);
  return out;
}

function activationGradient(
  { dy, y }: ActivationGradientInputs,
  { activation }: ActivationGradientAttributes,
  backend: WasmBackend,
): TensorInfo {
  const out = backend.makeOutput(dy.shape, 'float32');
  const [gradient, value, result] = [view(backend, dy), view(backend, y), view(backend, out)];
  const top = activation === 'relu6' ? 6 : Infinity;
  const loops = loopsOf(backend);
  const done = loops ? result.length - (result.length % LANES) : 0;
  loops?.activationGradient(gradient.byteOffset, value.byteOffset, result.byteOffset, done, top);
  for (let i = done; i < result.length; i++) {
    const at = value[i]!;
    result[i] = at > 0 && at < top ? gradient[i]! : 0;
  }
  return out;
}

/** dfilter[r, s, c] = scale[c] · Σ x[b, y·sy + r - top, x·sx + s - left, c] · dy[b, y, x, c]. */
function depthwiseFilterGradient(
  { x, dy, scale }: FilterGradientInputs,
  given: FilterGradientAttributes,
  backend: WasmBackend,
): TensorInfo {
  const out = backend.makeOutput([...given.filterShape], 'float32');
  const [input, gradient, result] = [view(backend, x), view(backend, dy), view(backend, out)];
  const addRow = rowAdder(backend, given.filterShape[2], input, gradient, result);
  result.fill(0);
  forEachRow(x.shape, dy.shape, given, (xPixel, dyPixel, tap, count) =>
    addRow(xPixel, dyPixel, tap, count, given.strides[1]),
  );
  if (scale) multiplyRows(result, view(backend, scale));
  return out;
}

/**
 * Adds Σ x · dy over `count` pixels to a tap, from pixels of x, `step` apart, and of dy. A row's sum is added as one:
 * sums of sums round less.
 */
function rowAdder(
  backend: WasmBackend,
  channels: number,
  x: Values,
  dy: Values,
  out: Values,
): (x: number, dy: number, tap: number, count: number, step: number) => void {
  const loops = channels % LANES === 0 ? loopsOf(backend) : undefined;
  const bytes = 4 * channels;
  if (loops) {
    return (xPixel, dyPixel, tap, count, step) =>
      loops.multiplyAndSum(
        x.byteOffset + bytes * xPixel,
        dy.byteOffset + bytes * dyPixel,
        out.byteOffset + bytes * tap,
        count,
        channels,
        bytes * step,
        bytes,
      );
  }
  const line = new Float32Array(channels);
  return (xPixel, dyPixel, tap, count, step) => {
    line.fill(0);
    for (let k = 0; k < count; k++) {
      const [i, j] = [(xPixel + k * step) * channels, (dyPixel + k) * channels];
      for (let c = 0; c < channels; c++) line[c]! += x[i + c]! * dy[j + c]!;
    }
    for (let c = 0; c < channels; c++) out[tap * channels + c]! += line[c]!;
  };
}

/**
 * tfjs copies, 300 MB a step of the demo; nothing changes a tensor's values, so another name for them will do, as for a
 * reshape.
 */
function identity(x: Tensor, _: object, backend: WasmBackend): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

const isNumeric = ({ dtype }: Tensor): boolean => (dtype as string) !== 'string';

/**
 * Registers these kernels on `wasm`: over tfjs's own, which stay for what these do not take, and tensor-ops' kernels.
 */
export function registerHeapKernels(): void {
  improveStock(tf.Slice, (x) => isNumeric(x) && x.rank > 0, slice);
  improveStock(tf.SplitV, isNumeric, split);
  improveStock(tf.Sum, sumsInFront, sum);
  improveStock(tf.Identity, isNumeric, identity);
  improveStock(tf.Reverse, reversesInFront, reverse);
  registerFaster(activationGradientKernel, 'wasm', activationGradient);
  registerFaster(depthwiseConvolutionFilterGradientKernel, 'wasm', depthwiseFilterGradient);
  if (loopsOf(tf.backend() as WasmBackend)) registerConvolutionKernels();
}
