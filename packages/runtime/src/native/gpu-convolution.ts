/**
 * The convolutions of tensor-ops on a GPU: cuDNN has a good algorithm for every shape, and a step takes as long as the
 * one thread of JavaScript needs to start its ops. So each is as few ops as can be, without the formulas that are
 * faster on a CPU.
 *
 * TensorFlow's `_FusedConv2D` is not used: measured on an H100 (16x80x80, 256 → 256, 3/1) it takes the host as long as
 * convolution, bias and ReLU one after another, and the GPU 0.73 ms instead of 0.51, for it computes in another layout.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import {
  convolutionFilterGradientKernel,
  convolutionInputGradientKernel,
  convolutionKernel,
} from '@sed/tensor-ops/kernels';
import { finish, scaledGradient } from './convolution.ts';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';
import type { TensorFlowOps } from './ops.ts';
import { Scratch } from './scratch.ts';

/** `filter [kh,kw,I,O]` times `scale [O]`, where there is one. */
function scaled(ops: TensorFlowOps, scratch: Scratch, filter: TensorInfo, scale: TensorInfo | undefined): TensorInfo {
  return scale ? scratch.keep(ops.multiply(filter, scale)) : filter;
}

export const gpuKernels: readonly NativeKernel[] = [
  nativeKernel(convolutionKernel, (ops, { x, filter, scale, bias }, attributes) =>
    Scratch.use((scratch) => {
      const y = ops.convolution(x, scaled(ops, scratch, filter, scale), attributes);
      return finish(ops, scratch, y, bias, attributes.activation);
    }),
  ),
  nativeKernel(convolutionInputGradientKernel, (ops, { dy, filter, scale }, attributes) =>
    Scratch.use((scratch) =>
      ops.convolutionInputGradient(attributes.inputShape, scaled(ops, scratch, filter, scale), dy, attributes),
    ),
  ),
  nativeKernel(convolutionFilterGradientKernel, (ops, { x, dy, scale }, attributes) =>
    scaledGradient(ops, ops.convolutionFilterGradient(x, attributes.filterShape, dy, attributes), scale),
  ),
];
