/** Depthwise convolutions by our own kernels (`native/kernels/depthwise.cc`). */
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
import type { Kernel, TensorFlowOps } from './ops.ts';

const forward = (
  ops: TensorFlowOps,
  { x, filter, scale, bias }: ConvolutionInputs,
  { strides, padding, activation }: ConvolutionAttributes,
): Tensor =>
  ops.own('SedDepthwise', { strides, padding, activation, sizes: [0, 0, 0, 0] }, [x, filter, scale, bias])[0]!;

const inputGradient = (
  ops: TensorFlowOps,
  { dy, filter, scale }: InputGradientInputs,
  { strides, padding, inputShape }: InputGradientAttributes,
): Tensor =>
  ops.own('SedDepthwiseInputGradient', { strides, padding, activation: 'none', sizes: inputShape }, [
    dy,
    filter,
    scale,
  ])[0]!;

const filterGradient = (
  ops: TensorFlowOps,
  { x, dy, scale }: FilterGradientInputs,
  { strides, padding, filterShape }: FilterGradientAttributes,
): Tensor =>
  ops.own('SedDepthwiseFilterGradient', { strides, padding, activation: 'none', sizes: filterShape }, [
    x,
    dy,
    scale,
  ])[0]!;

export const ownDepthwiseKernels: Record<string, Kernel> = {
  [names.SED_DEPTHWISE_CONVOLUTION]: forward,
  [names.SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT]: inputGradient,
  [names.SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT]: filterGradient,
};
