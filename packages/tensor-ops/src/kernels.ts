/**
 * `@sed/tensor-ops/kernels`: the definitions of this package's kernels, for who registers faster ones (`@sed/runtime`)
 * or adds another. Everything is NHWC and float32 unless a definition says otherwise.
 */
export { defineKernel, differentiate, hasFaster, registerFaster, runKernel, unregister } from './kernel.ts';
export type { AnyKernel, Kernel, KernelGradient, KernelOutput, Made, NoAttributes } from './kernel.ts';
export { inputList, listInputs } from './list-inputs.ts';
export type { ListInputs } from './list-inputs.ts';

export {
  activationGradientKernel,
  biasActivationGradientKernel,
  biasGradientKernel,
} from './convolution/activation-kernels.ts';
export type { ActivationGradientAttributes, ActivationGradientInputs } from './convolution/activation-kernels.ts';
export { convolutionFlops, outputGrid } from './convolution/geometry.ts';
export type { Shape4D } from './convolution/geometry.ts';
export { addReluKernel } from './convolution/add-relu.ts';
export type { AddReluInputs } from './convolution/add-relu.ts';
export { convolutionKernel, depthwiseConvolutionKernel } from './convolution/convolution-kernels.ts';
export type { ConvolutionAttributes, ConvolutionInputs, ConvolutionKernel } from './convolution/convolution-kernels.ts';
export {
  convolutionFilterGradientKernel,
  depthwiseConvolutionFilterGradientKernel,
} from './convolution/filter-gradient-kernels.ts';
export type {
  FilterGradientAttributes,
  FilterGradientInputs,
  FilterGradientKernel,
} from './convolution/filter-gradient-kernels.ts';
export {
  convolutionInputGradientKernel,
  depthwiseConvolutionInputGradientKernel,
} from './convolution/input-gradient-kernels.ts';
export type {
  InputGradientAttributes,
  InputGradientInputs,
  InputGradientKernel,
} from './convolution/input-gradient-kernels.ts';
export {
  levelsConvolutionKernel,
  levelsFilterGradientKernel,
  levelsInputGradientKernel,
} from './convolution/levels/levels-kernels.ts';
export type {
  LevelsAttributes,
  LevelsFilterGradientAttributes,
  LevelsFilterGradientInputs,
  LevelsInputGradientAttributes,
  LevelsInputGradientInputs,
  LevelsInputs,
} from './convolution/levels/levels-kernels.ts';
export { compareBernoulliKernel } from './divergence/compare-bernoulli.ts';
export type { CompareBernoulliInputs } from './divergence/compare-bernoulli.ts';
export { focalLossKernel } from './divergence/focal-loss.ts';
export type { FocalLossAttributes, FocalLossInputs } from './divergence/focal-loss.ts';
export { foldNormGradientKernel, foldNormKernel, normAffineKernel } from './norm/norm-kernels.ts';
export type { FoldNormGradientInputs, FoldNormInputs, NormAttributes, NormInputs } from './norm/norm-kernels.ts';
export { roiAlignGradientKernel, roiAlignKernel } from './roi-align/roi-align-kernels.ts';
export type { RoiAlignAttributes, RoiAlignGradientAttributes } from './roi-align/roi-align-kernels.ts';
export { momentumStepKernel, movingAverageKernel, squaredNormKernel } from './update/update-kernels.ts';
export type {
  MomentumStepAttributes,
  MovingAverageAttributes,
  SquaredNormAttributes,
} from './update/update-kernels.ts';
