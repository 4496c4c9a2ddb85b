/**
 * The convolutions of tensor-ops by oneDNN's own kernels (`native/kernels/convolution.cc`), where the addon that has
 * them could be built: a frozen affine, the bias and the activation are part of the one call, and no formula has to be
 * chosen by shape.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  convolutionFilterGradientKernel,
  convolutionInputGradientKernel,
  convolutionKernel,
  type FilterGradientAttributes,
  type FilterGradientInputs,
} from '@sed/tensor-ops/kernels';
import { convolutionFilterGradient, isMatrixProduct, scaledGradient } from './convolution.ts';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';
import type { TensorFlowOps } from './ops.ts';

/**
 * From this many weights on a 1x1 filter's gradient is a plain product: oneDNN's kernel takes three times as long for
 * 12544 x 1024.
 */
const LARGE_LAYER = 1 << 20;

function filterGradient(
  ops: TensorFlowOps,
  inputs: FilterGradientInputs,
  attributes: FilterGradientAttributes,
): Tensor {
  const { filterShape, strides, padding } = attributes;
  const large = filterShape[2] * filterShape[3] >= LARGE_LAYER;
  if (large && isMatrixProduct(filterShape, strides, padding))
    return convolutionFilterGradient(ops, inputs, attributes);
  const df = ops.ownConvolutionFilterGradient(inputs.x, inputs.dy, filterShape, attributes);
  return scaledGradient(ops, df, inputs.scale);
}

export const ownConvolutions: readonly NativeKernel[] = [
  nativeKernel(convolutionKernel, (ops, { x, filter, scale, bias }, attributes) =>
    ops.ownConvolution(x, filter, scale ?? ops.nothing, bias ?? ops.nothing, attributes),
  ),
  nativeKernel(convolutionInputGradientKernel, (ops, { dy, filter, scale }, attributes) =>
    ops.ownConvolutionInputGradient(dy, filter, scale ?? ops.nothing, attributes.inputShape, attributes),
  ),
  nativeKernel(convolutionFilterGradientKernel, filterGradient),
];
