/** From decoded images to the batch a detector takes, and to the batch reduced by a power of two. */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageBatch } from '../types.ts';

/** A decoded image: RGB, 8 bits, row by row, `[height · width · 3]`. */
export interface RgbImage {
  readonly pixels: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Means of ImageNet's RGB channels on the scale 0 to 1, and their standard deviations (torchvision's). */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_DEVIATION = [0.229, 0.224, 0.225] as const;

export interface ImageBatchOptions {
  /** Padded sides are multiples of this: the detector's `sizeMultiple` times 2^S. */
  readonly multiple: number;
  /** Subtracted from each channel, on the scale 0 to 1. Default ImageNet's. */
  readonly mean?: readonly [number, number, number];
  /** Each channel is divided by this. Default ImageNet's. */
  readonly std?: readonly [number, number, number];
  /** Size of the padded batch, in pixels, instead of the least that holds every image. */
  readonly canvas?: { readonly width: number; readonly height: number };
}

/**
 * Normalizes images and pads them with zeros (the mean color) at the right and the bottom to one size.
 * @returns the caller owns `pixels`
 * @throws for an image of another length than its size says, for one larger than the canvas, and for a canvas that is
 * not a multiple of `multiple`
 */
export function imageBatch(images: readonly RgbImage[], options: ImageBatchOptions): ImageBatch {
  const { multiple, mean = IMAGENET_MEAN, std = IMAGENET_DEVIATION, canvas } = options;
  if (images.length === 0) throw new Error('imageBatch: there is no image; a batch needs at least one.');
  if (!Number.isInteger(multiple) || multiple < 1) {
    throw new Error(`imageBatch: multiple is ${multiple}; it must be a whole number of at least 1.`);
  }
  images.forEach(({ pixels, width, height }, i) => {
    if (!(width > 0 && height > 0) || pixels.length !== width * height * 3) {
      throw new Error(
        `imageBatch: image ${i} has ${pixels.length} bytes; ${width}x${height} RGB has ${width * height * 3}. Decode to three channels.`,
      );
    }
  });
  const up = (value: number): number => Math.ceil(value / multiple) * multiple;
  const height = canvas?.height ?? up(Math.max(...images.map((image) => image.height)));
  const width = canvas?.width ?? up(Math.max(...images.map((image) => image.width)));
  if (canvas && (up(height) !== height || up(width) !== width)) {
    throw new Error(
      `imageBatch: the canvas is ${width}x${height} (width x height); its sides must be multiples of ${multiple}, e.g. ${up(width)}x${up(height)}.`,
    );
  }

  // a level of 0..255 has one normalized value a channel
  const table = mean.map((m, c) => Float32Array.from({ length: 256 }, (_, level) => (level / 255 - m) / std[c]!));
  const [red, green, blue] = table as [Float32Array, Float32Array, Float32Array];
  const values = new Float32Array(images.length * height * width * 3);
  images.forEach((image, b) => {
    if (image.height > height || image.width > width) {
      throw new Error(
        `imageBatch: image ${b} is ${image.width}x${image.height}, larger than the canvas ${width}x${height}.`,
      );
    }
    const { pixels } = image;
    let from = 0;
    for (let y = 0; y < image.height; y++) {
      let to = (b * height + y) * width * 3;
      for (let x = 0; x < image.width; x++) {
        values[to++] = red[pixels[from++]!]!;
        values[to++] = green[pixels[from++]!]!;
        values[to++] = blue[pixels[from++]!]!;
      }
    }
  });
  return {
    pixels: tf.tensor4d(values, [images.length, height, width, 3]),
    sizes: images.map((image) => ({ width: image.width, height: image.height })),
  };
}

/**
 * The batch at 1/2^shift of its size: bilinear with half-pixel centers and no antialiasing, so for shift 1 the mean of
 * each 2x2 block. It is the padded tensor that is reduced; nothing is padded again. Sizes may become fractions.
 * @returns the caller owns `pixels`
 * @throws if a side is no multiple of 2^shift
 */
export function reduceBatch(batch: ImageBatch, shift: number): ImageBatch {
  const factor = 2 ** shift;
  const [, height, width] = batch.pixels.shape;
  if (!Number.isInteger(shift) || shift < 0)
    throw new Error(`reduceBatch: shift is ${shift}; it must be a whole number of at least 0.`);
  if (height % factor || width % factor) {
    throw new Error(
      `reduceBatch: ${width}x${height} pixels cannot be divided by ${factor}; pad the batch to multiples of ${32 * factor}.`,
    );
  }
  return {
    pixels: tf.image.resizeBilinear(batch.pixels, [height / factor, width / factor], false, true),
    sizes: batch.sizes.map((size) => ({ width: size.width / factor, height: size.height / factor })),
  };
}
