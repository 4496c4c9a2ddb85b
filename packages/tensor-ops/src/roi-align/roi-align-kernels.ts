/**
 * RoIAlign's kernels. Where a backend brings none they run on the host: stock ops would gather four cells a sample,
 * sixteen times the output; a loop over the taps is faster and needs no such memory.
 *
 * Shapes: `L` levels, `B` batch, `H W` grid of a level, `C` channels, `N` regions, `h w` output grid. NHWC, float32.
 *
 * The regions are attributes, not tensors: they are geometry, which lives on the host and gets no gradient, and a
 * kernel that needs them there would have to wait for the device.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape4D } from '../convolution/geometry.ts';
import { defineKernel } from '../kernel.ts';
import { inputList, type ListInputs } from '../list-inputs.ts';
import { readNow } from '../read-now.ts';
import { axisTaps } from './taps.ts';

export interface RoiAlignAttributes {
  /** Corners x1 y1 x2 y2 in pixels of the image, `[N, 4]`. */
  readonly rois: Float32Array;
  /** Which image of the batch, `[N]`. */
  readonly images: Int32Array;
  /** Which level, `[N]`. */
  readonly levels: Int32Array;
  /** Cells a pixel, of each level: 1 / stride. */
  readonly scales: readonly number[];
  readonly outputSize: readonly [height: number, width: number];
  /** Samples a bin along each axis; 0: ⌈size of the bin in cells⌉. */
  readonly samplingRatio: number;
  /** Whether cell i is centered at i + 0.5 (and small regions stay small). */
  readonly aligned: boolean;
}
export interface RoiAlignGradientAttributes extends RoiAlignAttributes {
  /** `[B,H,W,C]` of each level. */
  readonly shapes: readonly Shape4D[];
}

/**
 * Calls `visit` for every tap of every bin: offsets of the first channel in the grid and in the output, and the weight.
 */
function forEachTap(
  attributes: RoiAlignAttributes,
  shapes: readonly (readonly number[])[],
  visit: (level: number, cell: number, output: number, weight: number) => void,
): void {
  const { rois, images, levels, scales, outputSize } = attributes;
  const [height, width] = outputSize;
  for (let n = 0; n < levels.length; n++) {
    const level = levels[n]!;
    const [, rows, columns, channels] = shapes[level] as [number, number, number, number];
    const scale = scales[level]!;
    const x = axisTaps(rois[4 * n]!, rois[4 * n + 2]!, scale, width, columns, attributes);
    const y = axisTaps(rois[4 * n + 1]!, rois[4 * n + 3]!, scale, height, rows, attributes);
    const image = images[n]! * rows;
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const output = ((n * height + i) * width + j) * channels;
        for (let a = y.begin[i]!; a < y.begin[i + 1]!; a++) {
          const row = (image + y.cells[a]!) * columns;
          for (let b = x.begin[j]!; b < x.begin[j + 1]!; b++) {
            visit(level, (row + x.cells[b]!) * channels, output, y.weights[a]! * x.weights[b]!);
          }
        }
      }
    }
  }
}

function align(features: readonly Tensor[], attributes: RoiAlignAttributes): Tensor4D {
  const { levels, outputSize } = attributes;
  const channels = features[0]!.shape[3]!;
  const result = new Float32Array(levels.length * outputSize[0] * outputSize[1] * channels);
  // only the levels that are looked at leave the device
  const used = new Set(levels);
  const values = features.map((feature, i) => (used.has(i) ? readNow(feature, 'roiAlign') : new Float32Array(0)));
  const shapes = features.map(({ shape }) => shape);
  forEachTap(attributes, shapes, (level, cell, output, weight) => {
    const from = values[level]!;
    for (let c = 0; c < channels; c++) result[output + c]! += weight * from[cell + c]!;
  });
  return tf.tensor4d(result, [levels.length, ...outputSize, channels]);
}

function alignGradient(dy: Tensor4D, attributes: RoiAlignGradientAttributes): Tensor4D[] {
  const { shapes } = attributes;
  const channels = dy.shape[3];
  const from = readNow(dy, 'the gradient of roiAlign');
  const results = shapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
  forEachTap(attributes, shapes, (level, cell, output, weight) => {
    const to = results[level]!;
    for (let c = 0; c < channels; c++) to[cell + c]! += weight * from[output + c]!;
  });
  return results.map((values, i) => tf.tensor4d(values, [...shapes[i]!]));
}

/** `level0 … level<L-1>` `[B,H,W,C]` → `[N,h,w,C]`. */
export const roiAlignKernel = defineKernel<ListInputs<'level'>, RoiAlignAttributes, Tensor4D>(
  'SedRoiAlign',
  (inputs, attributes) => align(inputList(inputs, 'level', attributes.scales.length), attributes),
);

/** `dy [N,h,w,C]` → the gradient `[B,H,W,C]` of each of L levels. */
export const roiAlignGradientKernel = defineKernel<{ readonly dy: Tensor4D }, RoiAlignGradientAttributes, Tensor4D[]>(
  'SedRoiAlignGradient',
  ({ dy }, attributes) => alignGradient(dy, attributes),
);
