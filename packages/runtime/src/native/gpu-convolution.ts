/**
 * The convolutions of tensor-ops on a GPU: cuDNN has a good algorithm for every shape, and a step takes as long as the one thread of
 * JavaScript needs to start its ops. So each is as few ops as can be, without the formulas that are faster on a CPU.
 *
 * TensorFlow's `_FusedConv2D` is not used: measured on an H100 (16x80x80, 256 → 256, 3/1) it takes the host as long as convolution, bias
 * and ReLU one after another, and the GPU 0.73 ms instead of 0.51, for it computes in another layout.
 */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type {
  ConvolutionAttributes,
  ConvolutionInputs,
  FilterGradientAttributes,
  FilterGradientInputs,
  InputGradientAttributes,
  InputGradientInputs,
} from '@sed/tensor-ops';
import * as names from '@sed/tensor-ops';
import { finish, scaledGradient } from './convolution.ts';
import type { Kernel, TensorFlowOps } from './ops.ts';
import { Scratch } from './scratch.ts';

/** `filter [kh,kw,I,O]` times `scale [O]`, where there is one. */
function scaled(ops: TensorFlowOps, scratch: Scratch, filter: TensorInfo, scale: TensorInfo | undefined): TensorInfo {
  return scale ? scratch.keep(ops.multiply(filter, scale)) : filter;
}

function forward(ops: TensorFlowOps, inputs: ConvolutionInputs, attributes: ConvolutionAttributes): Tensor {
  const { x, filter, scale, bias } = inputs;
  return Scratch.use((scratch) => {
    const y = ops.convolution(x, scaled(ops, scratch, filter, scale), attributes);
    return finish(ops, scratch, y, bias, attributes.activation);
  });
}

function inputGradient(ops: TensorFlowOps, inputs: InputGradientInputs, attributes: InputGradientAttributes): Tensor {
  const { dy, filter, scale } = inputs;
  return Scratch.use((scratch) =>
    ops.convolutionInputGradient(attributes.inputShape, scaled(ops, scratch, filter, scale), dy, attributes),
  );
}

function filterGradient(
  ops: TensorFlowOps,
  { x, dy, scale }: FilterGradientInputs,
  attributes: FilterGradientAttributes,
): Tensor {
  return scaledGradient(ops, ops.convolutionFilterGradient(x, attributes.filterShape, dy, attributes), scale);
}

export const gpuKernels: Record<string, Kernel> = {
  [names.SED_CONVOLUTION]: forward,
  [names.SED_CONVOLUTION_INPUT_GRADIENT]: inputGradient,
  [names.SED_CONVOLUTION_FILTER_GRADIENT]: filterGradient,
};
