/**
 * The convolutions of tensor-ops by oneDNN's own kernels (`native/kernels/convolution.cc`), where the addon that has them could be
 * built: a frozen affine, the bias and the activation are part of the one call, and no formula has to be chosen by shape.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type {
  ConvolutionAttributes,
  ConvolutionInputs,
  FilterGradientAttributes,
  FilterGradientInputs,
  InputGradientAttributes,
  InputGradientInputs,
} from '@sed/tensor-ops';
import * as names from '@sed/tensor-ops';
import { convolutionFilterGradient, isMatrixProduct, scaledGradient } from './convolution.ts';
import type { Kernel, TensorFlowOps } from './ops.ts';
import { ownDepthwiseKernels } from './own-depthwise.ts';
import { ownLevelsKernels } from './own-levels.ts';
import { ownSmallKernels } from './own-small.ts';

const forward = (
  ops: TensorFlowOps,
  { x, filter, scale, bias }: ConvolutionInputs,
  attributes: ConvolutionAttributes,
) => ops.ownConvolution(x, filter, scale ?? ops.nothing, bias ?? ops.nothing, attributes);

const inputGradient = (
  ops: TensorFlowOps,
  { dy, filter, scale }: InputGradientInputs,
  attributes: InputGradientAttributes,
) => ops.ownConvolutionInputGradient(dy, filter, scale ?? ops.nothing, attributes.inputShape, attributes);

/** From this many weights on a 1x1 filter's gradient is a plain product: oneDNN's kernel takes three times as long for 12544 x 1024. */
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

export const ownKernels: Record<string, Kernel> = {
  [names.SED_CONVOLUTION]: forward,
  [names.SED_CONVOLUTION_INPUT_GRADIENT]: inputGradient,
  [names.SED_CONVOLUTION_FILTER_GRADIENT]: filterGradient,
  ...ownDepthwiseKernels,
  ...ownLevelsKernels,
  ...ownSmallKernels,
};
