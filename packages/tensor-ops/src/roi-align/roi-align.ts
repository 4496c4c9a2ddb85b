import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape4D } from '../convolution/geometry.ts';
import { alignGradientKernel, alignKernel, attributesOf, type Regions, type RoiAlignOptions } from './run.ts';

/**
 * RoIAlign (He et al. 2017, section 3): every region as a grid of means over bilinear samples, as
 * `torchvision.ops.roi_align`. Differentiable with respect to the features; regions get no gradient. Samples more than
 * a cell outside count as zero, regions may lie anywhere, have no area or be reversed.
 *
 * @param features `[B, H, W, C]`, or one such tensor a pyramid level, all of one B and C
 * @param levels which level each region is pooled from, `[N]` (`assignRoiLevels` of @sed/geometry); default all 0
 * @returns `[N, h, w, C]`, rows in the order of the regions
 * @throws Error where counts do not agree, and for an image or a level that is not there
 */
export function roiAlign(
  features: Tensor4D | readonly Tensor4D[],
  regions: Regions,
  options: RoiAlignOptions = {},
  levels?: Int32Array,
): Tensor4D {
  const pyramid = features instanceof tf.Tensor ? [features] : features;
  const attributes = attributesOf('roiAlign', pyramid, regions, options, levels);
  const shapes = pyramid.map(({ shape }) => shape as Shape4D);
  const empty: Shape4D = [0, ...attributes.outputSize, shapes[0]![3]];
  const op = tf.customGrad((...args: unknown[]) => {
    const inputs = args.slice(0, pyramid.length) as Tensor4D[];
    if (attributes.levels.length === 0) {
      return { value: tf.zeros([...empty]), gradFunc: () => shapes.map((shape) => tf.zeros([...shape])) };
    }
    return {
      value: alignKernel(inputs, attributes),
      gradFunc: (dy: Tensor) => alignGradientKernel(dy as Tensor4D, shapes, attributes),
    };
  });
  return op(...(pyramid as Tensor[])) as Tensor4D;
}
