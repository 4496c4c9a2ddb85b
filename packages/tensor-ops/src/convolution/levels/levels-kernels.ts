/**
 * Kernels of a convolution whose filter all levels of a feature pyramid share. The levels are one tensor, so that a
 * head is one call a layer, and its filter's gradient one sum. Where a backend brings none, one level after the other.
 *
 * `N` = Σ B·H·W rows, those of a level after those of the one before, by image, y, x. `I` input channels, `O` output
 * channels, `kh kw` odd. The stride is 1, and zeros around each level keep its size. NHWC, float32.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineKernel, runKernel } from '../../kernel.ts';
import { convolutionKernel } from '../convolution-kernels.ts';
import { convolutionFilterGradientKernel } from '../filter-gradient-kernels.ts';
import type { ConvolutionActivation, Padding, Shape4D } from '../geometry.ts';
import { convolutionInputGradientKernel } from '../input-gradient-kernels.ts';

/** Images and grid of a level. */
export type LevelShape = readonly [batch: number, height: number, width: number];

/** Rows of a level. */
export const levelRows = ([batch, height, width]: LevelShape): number => batch * height * width;

/** `x [N,I]`, `filter [kh,kw,I,O]`, `bias? [O]`. */
export interface LevelsInputs {
  readonly x: Tensor2D;
  readonly filter: Tensor4D;
  readonly bias?: Tensor1D;
}
export interface LevelsAttributes {
  readonly levels: readonly LevelShape[];
  readonly activation: ConvolutionActivation;
}
/** `dy [N,O]` (before the activation), `filter`. */
export interface LevelsInputGradientInputs {
  readonly dy: Tensor2D;
  readonly filter: Tensor4D;
}
export interface LevelsInputGradientAttributes {
  readonly levels: readonly LevelShape[];
}
/** `x`, `dy` (before the activation). */
export interface LevelsFilterGradientInputs {
  readonly x: Tensor2D;
  readonly dy: Tensor2D;
}
export interface LevelsFilterGradientAttributes {
  readonly levels: readonly LevelShape[];
  readonly filterShape: Shape4D;
}

const STRIDES = [1, 1] as const;

function paddingOf([height, width]: readonly number[]): Padding {
  const [up, left] = [(height! - 1) / 2, (width! - 1) / 2];
  return [up, up, left, left];
}

/** A filter of one cell sees no neighbors: all levels are one image. */
function imagesOf(levels: readonly LevelShape[], [height, width]: readonly number[]): readonly LevelShape[] {
  if (height !== 1 || width !== 1) return levels;
  return [[1, 1, levels.reduce((sum, level) => sum + levelRows(level), 0)]];
}

/** The rows of each level as images. */
function split(rows: Tensor2D, levels: readonly LevelShape[]): Tensor4D[] {
  const channels = rows.shape[1];
  let first = 0;
  return levels.map((level) => {
    const part = levels.length === 1 ? rows : tf.slice(rows, [first, 0], [levelRows(level), channels]);
    first += levelRows(level);
    return tf.reshape(part, [...level, channels]);
  });
}

const join = (images: readonly Tensor4D[]): Tensor2D =>
  tf.concat(
    images.map((image) => tf.reshape(image, [-1, image.shape[3]])),
    0,
  );

/** → `y [N,O]`: activation(conv(x, filter) + bias). */
export const levelsConvolutionKernel = defineKernel<LevelsInputs, LevelsAttributes, Tensor2D>(
  'SedLevelsConvolution',
  ({ x, filter, bias }, { levels, activation }) => {
    const attributes = { strides: STRIDES, padding: paddingOf(filter.shape), activation };
    return join(
      split(x, imagesOf(levels, filter.shape)).map((image) =>
        runKernel(convolutionKernel, bias ? { x: image, filter, bias } : { x: image, filter }, attributes),
      ),
    );
  },
);

/** → `dx [N,I]`. */
export const levelsInputGradientKernel = defineKernel<
  LevelsInputGradientInputs,
  LevelsInputGradientAttributes,
  Tensor2D
>('SedLevelsConvolutionInputGradient', ({ dy, filter }, { levels }) => {
  const images = imagesOf(levels, filter.shape);
  return join(
    split(dy, images).map((image, i) => {
      const inputShape: Shape4D = [...images[i]!, filter.shape[2]];
      const attributes = { inputShape, strides: STRIDES, padding: paddingOf(filter.shape) };
      return runKernel(convolutionInputGradientKernel, { dy: image, filter }, attributes);
    }),
  );
});

/** → the filter's gradient `[kh,kw,I,O]`. */
export const levelsFilterGradientKernel = defineKernel<
  LevelsFilterGradientInputs,
  LevelsFilterGradientAttributes,
  Tensor4D
>('SedLevelsConvolutionFilterGradient', ({ x, dy }, { levels, filterShape }) => {
  const images = imagesOf(levels, filterShape);
  const gradients = split(dy, images);
  const terms = split(x, images).map((image, i) =>
    runKernel(
      convolutionFilterGradientKernel,
      { x: image, dy: gradients[i]! },
      { filterShape, strides: STRIDES, padding: paddingOf(filterShape) },
    ),
  );
  return terms.reduce((sum, term) => tf.add(sum, term));
});
