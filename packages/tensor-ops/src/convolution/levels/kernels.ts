/**
 * Kernels of a convolution whose filter all levels of a feature pyramid share: the contract between the op and whoever registers faster kernels of
 * these names. The levels are one tensor, so that a head is one call a layer, and its filter's gradient one sum.
 *
 * `N` = Σ B·H·W rows, those of a level after those of the one before, by image, y, x. `I` input channels, `O` output channels, `kh kw` odd. The
 * stride is 1, and zeros around each level keep its size. NHWC, float32.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionActivation, Shape4D } from '../kernels.ts';

/** `x [N,I]`, `filter [kh,kw,I,O]`, `bias? [O]` → `y [N,O]`: activation(conv(x, filter) + bias). */
export const SED_LEVELS_CONVOLUTION = 'SedLevelsConvolution';
/** `dy [N,O]` (before the activation), `filter` → `dx [N,I]`. */
export const SED_LEVELS_INPUT_GRADIENT = 'SedLevelsConvolutionInputGradient';
/** `x`, `dy` (before the activation) → the filter's gradient `[kh,kw,I,O]`. */
export const SED_LEVELS_FILTER_GRADIENT = 'SedLevelsConvolutionFilterGradient';

/** Images and grid of a level. */
export type LevelShape = readonly [batch: number, height: number, width: number];

/** Attributes of `SedLevelsConvolution`. */
export interface LevelsAttributes {
  readonly levels: readonly LevelShape[];
  readonly activation: ConvolutionActivation;
}
/** Attributes of `SedLevelsConvolutionInputGradient`. */
export interface LevelsInputGradientAttributes {
  readonly levels: readonly LevelShape[];
}
/** Attributes of `SedLevelsConvolutionFilterGradient`. */
export interface LevelsFilterGradientAttributes {
  readonly levels: readonly LevelShape[];
  readonly filterShape: Shape4D;
}

/** Inputs of `SedLevelsConvolution`. */
export interface LevelsInputs<T = TensorInfo> {
  readonly x: T;
  readonly filter: T;
  readonly bias?: T;
}
/** Inputs of `SedLevelsConvolutionInputGradient`. */
export interface LevelsInputGradientInputs<T = TensorInfo> {
  readonly dy: T;
  readonly filter: T;
}
/** Inputs of `SedLevelsConvolutionFilterGradient`. */
export interface LevelsFilterGradientInputs<T = TensorInfo> {
  readonly x: T;
  readonly dy: T;
}

/** Rows of a level. */
export const levelRows = ([batch, height, width]: LevelShape): number => batch * height * width;
