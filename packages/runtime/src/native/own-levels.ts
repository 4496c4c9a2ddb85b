/** Convolutions of all levels of a pyramid at once (`native/kernels/convolution.cc`). */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as names from '@sed/tensor-ops';
import type { Kernel, TensorFlowOps } from './ops.ts';

const NO_FILTER = [0, 0, 0, 0];

export const ownLevelsKernels: Record<string, Kernel> = {
  [names.SED_LEVELS_CONVOLUTION]: (
    ops: TensorFlowOps,
    { x, filter, bias }: names.LevelsInputs,
    { levels, activation }: names.LevelsAttributes,
  ): Tensor =>
    ops.own('SedLevelsConvolution', { levels: levels.flat(), filter: NO_FILTER, activation }, [x, filter, bias])[0]!,

  [names.SED_LEVELS_INPUT_GRADIENT]: (
    ops: TensorFlowOps,
    { dy, filter }: names.LevelsInputGradientInputs,
    { levels }: names.LevelsInputGradientAttributes,
  ): Tensor =>
    ops.own('SedLevelsConvolutionInputGradient', { levels: levels.flat(), filter: NO_FILTER, activation: 'none' }, [
      dy,
      filter,
    ])[0]!,

  [names.SED_LEVELS_FILTER_GRADIENT]: (
    ops: TensorFlowOps,
    { x, dy }: names.LevelsFilterGradientInputs,
    { levels, filterShape }: names.LevelsFilterGradientAttributes,
  ): Tensor =>
    ops.own('SedLevelsConvolutionFilterGradient', { levels: levels.flat(), filter: filterShape, activation: 'none' }, [
      x,
      dy,
    ])[0]!,
};
