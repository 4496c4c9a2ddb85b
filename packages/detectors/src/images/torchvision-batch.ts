/** Images as torchvision's detectors make them ready (`GeneralizedRCNNTransform` in its test mode). */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageBatch } from '../types.ts';
import { IMAGENET_DEVIATION, IMAGENET_MEAN, type RgbImage } from './batch.ts';

export interface TorchvisionBatchOptions {
  /** What the short edge becomes, in pixels, unless the long edge would pass `long` (`min_size`; torchvision: 800). */
  readonly short: number;
  /** `max_size`; torchvision: 1333. */
  readonly long: number;
  /** Padded sides are multiples of this (`size_divisible`; torchvision: 32). */
  readonly multiple?: number;
  readonly mean?: readonly [number, number, number];
  readonly std?: readonly [number, number, number];
}

/** The size that torchvision resizes an image to: both sides times one factor, rounded **down**. */
export function torchvisionSize(
  { width, height }: { readonly width: number; readonly height: number },
  { short, long }: Pick<TorchvisionBatchOptions, 'short' | 'long'>,
): { width: number; height: number } {
  const factor = Math.min(short / Math.min(width, height), long / Math.max(width, height));
  const down = (side: number): number => Math.max(1, Math.floor(side * factor));
  return { width: down(width), height: down(height) };
}

/**
 * Normalizes images, then resizes them (bilinear, half-pixel centers, no antialiasing, no rounding to bytes) and pads
 * with zeros at the right and the bottom. Unlike `imageBatch` of an image that was resized before, it is torchvision's
 * tensor to 1e-5.
 * @returns the caller owns `pixels`; `sizes` are those of {@link torchvisionSize}
 */
export function torchvisionBatch(images: readonly RgbImage[], options: TorchvisionBatchOptions): ImageBatch {
  const { short, long, multiple = 32, mean = IMAGENET_MEAN, std = IMAGENET_DEVIATION } = options;
  if (images.length === 0) throw new Error('torchvisionBatch: there is no image; a batch needs at least one.');
  if (!(short >= 1 && long >= short)) {
    throw new Error(`torchvisionBatch: short is ${short} and long ${long}; it needs 1 <= short <= long.`);
  }
  images.forEach(({ pixels, width, height }, i) => {
    if (!(width > 0 && height > 0) || pixels.length !== width * height * 3) {
      throw new Error(
        `torchvisionBatch: image ${i} has ${pixels.length} bytes; ${width}x${height} RGB has ${width * height * 3}. Decode to three channels.`,
      );
    }
  });
  const sizes = images.map((image) => torchvisionSize(image, { short, long }));
  const up = (value: number): number => Math.ceil(value / multiple) * multiple;
  const height = up(Math.max(...sizes.map((size) => size.height)));
  const width = up(Math.max(...sizes.map((size) => size.width)));
  // a level of 0..255 has one normalized value a channel
  const table = mean.map((m, c) => Float32Array.from({ length: 256 }, (_, level) => (level / 255 - m) / std[c]!));
  const values = new Float32Array(images.length * height * width * 3);
  images.forEach((image, b) => {
    const size = sizes[b]!;
    const columns = taps(image.width, size.width);
    const rows = taps(image.height, size.height);
    for (let y = 0; y < size.height; y++) {
      const [top, bottom] = [rows.first[y]! * image.width, rows.second[y]! * image.width];
      const v = rows.weight[y]!;
      let to = (b * height + y) * width * 3;
      for (let x = 0; x < size.width; x++) {
        const [left, right, u] = [columns.first[x]!, columns.second[x]!, columns.weight[x]!];
        for (let c = 0; c < 3; c++) {
          const level = table[c]!;
          const levelAt = (cell: number): number => level[image.pixels[3 * cell + c]!]!;
          const above = levelAt(top + left) * (1 - u) + levelAt(top + right) * u;
          const below = levelAt(bottom + left) * (1 - u) + levelAt(bottom + right) * u;
          values[to++] = above * (1 - v) + below * v;
        }
      }
    }
  });
  return { pixels: tf.tensor4d(values, [images.length, height, width, 3]), sizes };
}

/** For each output position its two neighbors in the input and the second's weight, in float32 as torch has it. */
function taps(input: number, output: number): { first: Int32Array; second: Int32Array; weight: Float32Array } {
  const f = Math.fround;
  const scale = f(input / output);
  const [first, second] = [new Int32Array(output), new Int32Array(output)];
  const weight = new Float32Array(output);
  for (let i = 0; i < output; i++) {
    const source = input === output ? i : Math.max(0, f(f(scale * f(i + 0.5)) - 0.5));
    first[i] = Math.min(Math.floor(source), input - 1);
    second[i] = Math.min(first[i]! + 1, input - 1);
    weight[i] = source - first[i]!;
  }
  return { first, second, weight };
}
