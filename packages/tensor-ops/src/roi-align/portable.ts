/**
 * RoIAlign on the host, for a backend that brings no kernel of its own. Stock ops would gather four cells a sample, sixteen times the
 * output; a loop over the taps is faster and needs no such memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { readNow } from '../read-now.ts';
import { levelInput, SED_ROI_ALIGN } from './kernels.ts';
import type { RoiAlignAttributes, RoiAlignGradientAttributes } from './kernels.ts';
import { axisTaps } from './taps.ts';

/** Calls `visit` for every tap of every bin: offsets of the first channel in the grid and in the output, and the weight. */
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

function align(features: readonly Tensor[], attributes: RoiAlignAttributes): Tensor {
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
  return tf.tensor(result, [levels.length, ...outputSize, channels]);
}

function alignGradient(dy: Tensor, attributes: RoiAlignGradientAttributes): Tensor[] {
  const { shapes } = attributes;
  const channels = dy.shape[3]!;
  const from = readNow(dy, 'the gradient of roiAlign');
  const results = shapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
  forEachTap(attributes, shapes, (level, cell, output, weight) => {
    const to = results[level]!;
    for (let c = 0; c < channels; c++) to[cell + c]! += weight * from[output + c]!;
  });
  return results.map((values, i) => tf.tensor(values, [...shapes[i]!]));
}

/** One of the two kernels, ready for `registerKernel`. */
export function portableRoiAlign(kernelName: string, backendName: string): KernelConfig {
  return {
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }): TensorInfo | TensorInfo[] => {
      if (kernelName === SED_ROI_ALIGN) {
        const attributes = attrs as unknown as RoiAlignAttributes;
        return align(
          attributes.scales.map((_, i) => inputs[levelInput(i)] as Tensor),
          attributes,
        );
      }
      return alignGradient(inputs['dy'] as Tensor, attrs as unknown as RoiAlignGradientAttributes);
    },
  };
}
