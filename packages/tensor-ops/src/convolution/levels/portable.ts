/** The kernels of a convolution over levels, one level after the other, for a backend that brings none of its own. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as convolutions from '../kernels.ts';
import type { Padding, Shape4D } from '../kernels.ts';
import { runKernel } from '../run.ts';
import * as names from './kernels.ts';
import { levelRows, type LevelShape } from './kernels.ts';

const STRIDES = [1, 1] as const;

function paddingOf([height, width]: readonly number[]): Padding {
  const [up, left] = [(height! - 1) / 2, (width! - 1) / 2];
  return [up, up, left, left];
}

/** A filter of one cell sees no neighbours: all levels are one image. */
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

const join = (images: readonly Tensor4D[]): Tensor =>
  tf.concat(
    images.map((image) => tf.reshape(image, [-1, image.shape[3]])),
    0,
  );

type Body = (inputs: Record<string, Tensor>, attributes: never) => Tensor;

const bodies: Record<string, Body> = {
  [names.SED_LEVELS_CONVOLUTION]: (inputs, { levels, activation }: names.LevelsAttributes) => {
    const { x, filter, bias } = inputs as unknown as names.LevelsInputs<Tensor>;
    const attributes = { strides: STRIDES, padding: paddingOf(filter.shape), activation };
    return join(
      split(x as Tensor2D, imagesOf(levels, filter.shape)).map(
        (image) =>
          runKernel(
            convolutions.SED_CONVOLUTION,
            bias ? { x: image, filter, bias } : { x: image, filter },
            attributes,
          ) as Tensor4D,
      ),
    );
  },
  [names.SED_LEVELS_INPUT_GRADIENT]: (inputs, { levels }: names.LevelsInputGradientAttributes) => {
    const { dy, filter } = inputs as unknown as names.LevelsInputGradientInputs<Tensor>;
    const images = imagesOf(levels, filter.shape);
    return join(
      split(dy as Tensor2D, images).map((image, i) => {
        const inputShape: Shape4D = [...images[i]!, filter.shape[2]!];
        const attributes = { inputShape, strides: STRIDES, padding: paddingOf(filter.shape) };
        return runKernel(convolutions.SED_CONVOLUTION_INPUT_GRADIENT, { dy: image, filter }, attributes) as Tensor4D;
      }),
    );
  },
  [names.SED_LEVELS_FILTER_GRADIENT]: (inputs, attributes: names.LevelsFilterGradientAttributes) => {
    const { x, dy } = inputs as unknown as names.LevelsFilterGradientInputs<Tensor>;
    const { levels, filterShape } = attributes;
    const images = imagesOf(levels, filterShape);
    const gradients = split(dy as Tensor2D, images);
    const terms = split(x as Tensor2D, images).map((image, i) =>
      runKernel(
        convolutions.SED_CONVOLUTION_FILTER_GRADIENT,
        { x: image, dy: gradients[i]! },
        { filterShape, strides: STRIDES, padding: paddingOf(filterShape) },
      ),
    );
    return terms.reduce((sum, term) => tf.add(sum, term));
  },
};

/** The composition of one of these kernels, ready for `registerKernel`. */
export function portableLevelsKernel(kernelName: string, backendName: string): KernelConfig {
  const body = bodies[kernelName]!;
  return {
    kernelName,
    backendName,
    // tfjs takes the intermediate tensors of a kernel for leaks unless they are disposed of here.
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => body(inputs as Record<string, Tensor>, attrs as never)),
  };
}
