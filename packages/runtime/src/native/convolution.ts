/**
 * `SedConvolution` and its gradients out of TensorFlow's ops, by the fastest formula for the shape.
 *
 * Measured by `bench/convolutions.mjs`, GFLOP/s on two cores with AVX-512, batch 2 (oneDNN's backward kernels are the
 * slow ones):
 *
 * | grid, in → out, kernel/stride | forward | dX op | dX as forward conv | dW op | dW as matmuls | as one matmul: forward, dX, dW |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | 96, 64 → 64, 3/1 | 390 | 194 | 356 | 136 | 161 | |
 * | 48, 256 → 256, 3/1 | 251 | 209 | 238 | 155 | 182 | |
 * | 24, 256 → 256, 3/1 | 234 | 162 | 196 | 149 | 173 | |
 * | 12, 512 → 512, 3/1 | 377 | 78 | 168 | 252 | 270 | |
 * | 6, 256 → 256, 3/1 | 104 | 63 | 46 | 96 | 69 | |
 * | 96, 64 → 256, 1/1 | 150 | 238 | | 148 | | 298, 227, 302 |
 * | 48, 128 → 512, 1/1 | 210 | 210 | | 146 | | 217, 194, 203 |
 * | 96, 128 → 128, 3/2 | 323 | 223 | | 177 | 30 | |
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Padding, Strides } from '@sed/tensor-ops';
import type {
  ConvolutionAttributes,
  ConvolutionInputs,
  FilterGradientAttributes,
  FilterGradientInputs,
  InputGradientAttributes,
  InputGradientInputs,
} from '@sed/tensor-ops/kernels';
import type { TensorFlowOps } from './ops.ts';
import { Scratch } from './scratch.ts';

/**
 * Below this many output positions (batch · H' · W') turning the filter around costs more than the faster formula
 * saves.
 */
const FEW_POSITIONS = 128;
/**
 * From this many weights a tap on, nine matrix products are faster than the filter gradient's op, given enough
 * positions.
 */
const MANY_WEIGHTS = 256 * 256;
const MANY_POSITIONS = 256;

/** A 1x1 convolution of stride 1 is a product of matrices `[positions, I] · [I, O]`. */
export function isMatrixProduct(filterShape: readonly number[], strides: Strides, padding: Padding): boolean {
  return filterShape[0] === 1 && filterShape[1] === 1 && isOne(strides) && padding.every((p) => p === 0);
}

const isOne = (strides: Strides): boolean => strides[0] === 1 && strides[1] === 1;
const positions = (shape: readonly number[]): number => shape[0]! * shape[1]! * shape[2]!;

/** `x [B,H,W,I]`, `filter [kh,kw,I,O]`, `scale? [O]`, `bias? [O]` → `[B,H',W',O]`. */
export function convolution(ops: TensorFlowOps, inputs: ConvolutionInputs, attributes: ConvolutionAttributes): Tensor {
  const { x, filter, scale, bias } = inputs;
  const { strides, padding, activation } = attributes;
  return Scratch.use((scratch) => {
    const effective = scale ? scratch.keep(ops.multiply(filter, scale)) : filter;
    // One pass over the output less or two: 96x96, 64 → 256, 1/1: 3.2 ms against 5.6.
    if (bias && ops.fused) return ops.fusedConvolution(x, effective, bias, activation, { strides, padding });
    if (isMatrixProduct(filter.shape, strides, padding)) {
      const [channels, outputs] = [filter.shape[2], filter.shape[3]];
      const rows = scratch.keep(ops.reshape(x, [positions(x.shape), channels]));
      const product = ops.matMul(rows, scratch.keep(ops.reshape(effective, [channels, outputs])));
      const y = finish(ops, scratch, product, bias, activation);
      return scratch.replace(y, (flat) => ops.reshape(flat, [...x.shape.slice(0, 3), outputs]));
    }
    return finish(ops, scratch, ops.convolution(x, effective, { strides, padding }), bias, activation);
  });
}

/** Bias and activation; takes `y` over. */
export function finish(
  ops: TensorFlowOps,
  scratch: Scratch,
  y: Tensor,
  bias: TensorInfo | undefined,
  activation: ConvolutionAttributes['activation'],
): Tensor {
  let result = y;
  if (bias) result = scratch.replace(result, (before) => ops.biasAdd(before, bias));
  if (activation !== 'none') result = scratch.replace(result, (before) => ops.activation(activation, before));
  return result;
}

/** `dy [B,H',W',O]`, `filter`, `scale?` → `dx [B,H,W,I]`. */
export function convolutionInputGradient(
  ops: TensorFlowOps,
  inputs: InputGradientInputs,
  attributes: InputGradientAttributes,
): Tensor {
  const { dy, filter, scale } = inputs;
  const { inputShape, strides, padding } = attributes;
  const [kh, kw, channels, outputs] = filter.shape;
  return Scratch.use((scratch) => {
    const effective = scale ? scratch.keep(ops.multiply(filter, scale)) : filter;
    if (isMatrixProduct(filter.shape, strides, padding)) {
      const rows = scratch.keep(ops.reshape(dy, [positions(dy.shape), outputs]));
      const matrix = scratch.keep(ops.reshape(effective, [channels, outputs]));
      return ops.reshape(scratch.keep(ops.matMul(rows, matrix, false, true)), inputShape);
    }
    const around: Padding = [kh - 1 - padding[0], kh - 1 - padding[1], kw - 1 - padding[2], kw - 1 - padding[3]];
    const asForward = isOne(strides) && positions(dy.shape) >= FEW_POSITIONS && around.every((p) => p >= 0);
    if (!asForward) return ops.convolutionInputGradient(inputShape, effective, dy, { strides, padding });
    const flipped = kh * kw > 1 ? scratch.keep(ops.flip(effective)) : effective;
    const transposed = scratch.keep(ops.transpose(flipped, [0, 1, 3, 2]));
    return ops.convolution(dy, transposed, { strides: [1, 1], padding: around });
  });
}

/** Times `scale`, over the last axis; takes `gradient` over. */
export function scaledGradient(ops: TensorFlowOps, gradient: Tensor, scale: TensorInfo | undefined): Tensor {
  if (!scale) return gradient;
  const product = ops.multiply(gradient, scale);
  gradient.dispose();
  return product;
}

/** `x`, `dy`, `scale?` → gradient of the filter before `scale`, `[kh,kw,I,O]`. */
export function convolutionFilterGradient(
  ops: TensorFlowOps,
  inputs: FilterGradientInputs,
  attributes: FilterGradientAttributes,
): Tensor {
  return scaledGradient(ops, unscaledFilterGradient(ops, inputs, attributes), inputs.scale);
}

function unscaledFilterGradient(
  ops: TensorFlowOps,
  inputs: FilterGradientInputs,
  attributes: FilterGradientAttributes,
): Tensor {
  const { x, dy } = inputs;
  const { filterShape, strides, padding } = attributes;
  const [kh, kw, channels, outputs] = filterShape;
  return Scratch.use((scratch) => {
    const single = isMatrixProduct(filterShape, strides, padding);
    const rows = positions(dy.shape);
    const slices = kh * kw > 1 && isOne(strides) && channels * outputs >= MANY_WEIGHTS && rows >= MANY_POSITIONS;
    if (!single && !slices) return ops.convolutionFilterGradient(x, filterShape, dy, { strides, padding });
    const dyRows = scratch.keep(ops.reshape(dy, [rows, outputs]));
    if (single) {
      const xRows = scratch.keep(ops.reshape(x, [rows, channels]));
      return ops.reshape(scratch.keep(ops.matMul(xRows, dyRows, true, false)), filterShape);
    }
    const padded = padding.some((p) => p !== 0) ? scratch.keep(ops.pad(x, padding)) : x;
    const taps: Tensor[] = [];
    for (let row = 0; row < kh; row++) {
      for (let column = 0; column < kw; column++) {
        // One slice at a time: nine of them are nine times the input.
        const tap = Scratch.use((inner) => {
          const size = [dy.shape[0], dy.shape[1], dy.shape[2], channels];
          const under = inner.keep(ops.slice(padded, [0, row, column, 0], size));
          return ops.matMul(inner.keep(ops.reshape(under, [rows, channels])), dyRows, true, false);
        });
        taps.push(scratch.keep(tap));
      }
    }
    return ops.reshape(scratch.keep(ops.concat(taps)), filterShape);
  });
}
