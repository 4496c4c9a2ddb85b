/**
 * Names, inputs and attributes of this package's tfjs kernels: the contract between the ops here and whoever registers
 * faster kernels of the same names (`@sed/runtime` does, for the backend `tensorflow`).
 *
 * Shapes: `B` batch, `H W` input grid, `H' W'` output grid, `I` input channels, `O` output channels, `kh kw` kernel,
 * `C` channels of a depthwise convolution. Everything is NHWC and float32.
 *
 * A kernel gets optional inputs by absence: `scale` and `bias` are missing from the inputs map where they are not used.
 */
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** `x [B,H,W,I]`, `filter [kh,kw,I,O]`, `scale? [O]`, `bias? [O]` → `y [B,H',W',O]`: activation(conv(x, filter · scale) + bias). */
export const SED_CONVOLUTION = 'SedConvolution';
/** `dy [B,H',W',O]` (before the activation), `filter`, `scale?` → `dx [B,H,W,I]`. */
export const SED_CONVOLUTION_INPUT_GRADIENT = 'SedConvolutionInputGradient';
/** `x`, `dy` (before the activation), `scale?` → gradient of `filter`, `[kh,kw,I,O]`; without `scale` that is one of `filter · scale`. */
export const SED_CONVOLUTION_FILTER_GRADIENT = 'SedConvolutionFilterGradient';
/** As `SedConvolution` with `filter [kh,kw,C,1]`, `scale? [C]`, `bias? [C]`, one filter a channel. */
export const SED_DEPTHWISE_CONVOLUTION = 'SedDepthwiseConvolution';
/** As `SedConvolutionInputGradient`, depthwise. */
export const SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT = 'SedDepthwiseConvolutionInputGradient';
/** As `SedConvolutionFilterGradient`, depthwise: `[kh,kw,C,1]`. */
export const SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT = 'SedDepthwiseConvolutionFilterGradient';
/** `dy`, `y` (after the activation) → `dy` before it: dy where y > 0 (`relu`) or 0 < y < 6 (`relu6`), else 0. Any rank. */
export const SED_ACTIVATION_GRADIENT = 'SedActivationGradient';
/** As `SedActivationGradient`, and with it the gradient of the bias: `dy`, `y` `[…, C]` → `dz` and `dbias [C]`, the sum of dz's rows. */
export const SED_BIAS_ACTIVATION_GRADIENT = 'SedBiasActivationGradient';
/** `dy […, C]` → `dbias [C]`, the sum of its rows. */
export const SED_BIAS_GRADIENT = 'SedBiasGradient';
/** `a`, `b` of one shape → max(0, a + b). */
export const SED_ADD_RELU = 'SedAddRelu';

/** What follows the convolution and the bias. */
export type ConvolutionActivation = 'none' | 'relu' | 'relu6';
/** Steps of the filter in y and x. */
export type Strides = readonly [sy: number, sx: number];
/** Zeros around the image: rows above and below, columns left and right. Not negative. */
export type Padding = readonly [top: number, bottom: number, left: number, right: number];
/** `[batch, height, width, channels]`. */
export type Shape4D = readonly [number, number, number, number];

/** Attributes of `SedConvolution` and `SedDepthwiseConvolution`. */
export interface ConvolutionAttributes {
  readonly strides: Strides;
  readonly padding: Padding;
  readonly activation: ConvolutionActivation;
}
/** Attributes of the two input gradients; `inputShape` is x's `[B,H,W,I]`. */
export interface InputGradientAttributes {
  readonly inputShape: Shape4D;
  readonly strides: Strides;
  readonly padding: Padding;
}
/** Attributes of the two filter gradients; `filterShape` is `[kh,kw,I,O]` or `[kh,kw,C,1]`. */
export interface FilterGradientAttributes {
  readonly filterShape: Shape4D;
  readonly strides: Strides;
  readonly padding: Padding;
}
/** Attributes of `SedActivationGradient` and `SedBiasActivationGradient`; never `none`, which needs no kernel. */
export interface ActivationGradientAttributes {
  readonly activation: 'relu' | 'relu6';
}

/** Inputs of `SedConvolution` and `SedDepthwiseConvolution`. */
export interface ConvolutionInputs<T = TensorInfo> {
  readonly x: T;
  readonly filter: T;
  readonly scale?: T;
  readonly bias?: T;
}
/** Inputs of the two input gradients. */
export interface InputGradientInputs<T = TensorInfo> {
  readonly dy: T;
  readonly filter: T;
  readonly scale?: T;
}
/** Inputs of the two filter gradients. */
export interface FilterGradientInputs<T = TensorInfo> {
  readonly x: T;
  readonly dy: T;
  readonly scale?: T;
}
/** Inputs of `SedActivationGradient` and `SedBiasActivationGradient`. */
export interface ActivationGradientInputs<T = TensorInfo> {
  readonly dy: T;
  readonly y: T;
}

/** A kernel's inputs as tfjs passes them. */
export type KernelInputs = NamedTensorInfoMap;
/** A kernel's attributes as tfjs passes them; cast to one of the interfaces above. */
export type KernelAttributes = NamedAttrMap;

/** Length of the output along one axis: floor((input + padding before and after - kernel) / stride) + 1. */
export function outputSize(input: number, kernel: number, stride: number, before: number, after: number): number {
  return Math.floor((input + before + after - kernel) / stride) + 1;
}

/** Output height and width of a convolution over `[B,H,W,…]` with a filter `[kh,kw,…]`. */
export function outputGrid(
  inputShape: readonly number[],
  filterShape: readonly number[],
  strides: Strides,
  padding: Padding,
): [height: number, width: number] {
  return [
    outputSize(inputShape[1]!, filterShape[0]!, strides[0], padding[0], padding[1]),
    outputSize(inputShape[2]!, filterShape[1]!, strides[1], padding[2], padding[3]),
  ];
}

/**
 * Floating point operations (a multiply and an add are two) of one forward convolution; each of its two gradients costs as many.
 * @param filterShape `[kh,kw,I,O]`; of a depthwise convolution `[kh,kw,C,1]`, which gives the right count too
 */
export function convolutionFlops(
  inputShape: readonly number[],
  filterShape: readonly number[],
  strides: Strides,
  padding: Padding,
): number {
  const [height, width] = outputGrid(inputShape, filterShape, strides, padding);
  return 2 * inputShape[0]! * height * width * filterShape.reduce((product, n) => product * n, 1);
}
