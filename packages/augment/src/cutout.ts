/** Rectangles painted over (RandomErasing, Zhong et al. 2017), with torchvision's way of drawing them. */

import { chance, logUniform, uniform, uniformInteger, type Random, type Range } from './random.ts';
import type { RgbImage } from './types.ts';

/** One rectangle. */
export interface CutoutSettings {
  /** Probability that it is drawn at all. */
  readonly probability: number;
  /** Its area as a fraction of the image's, uniform. */
  readonly scale: Range;
  /** Its height over its width, log-uniform. */
  readonly ratio: Range;
}

/** An RGB color, 0..255. */
export type Color = readonly [number, number, number];

/** `x y width height` in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const TRIES = 10;

/**
 * A rectangle that fits inside `width` x `height`, or undefined if the coin said no or ten tries were all too large.
 */
export function drawCutout(
  width: number,
  height: number,
  settings: CutoutSettings,
  random: Random,
): Rectangle | undefined {
  if (!chance(random, settings.probability)) return undefined;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = uniform(random, settings.scale) * width * height;
    const ratio = logUniform(random, settings.ratio);
    const h = Math.round(Math.sqrt(area * ratio));
    const w = Math.round(Math.sqrt(area / ratio));
    if (h < 1 || w < 1 || h >= height || w >= width) continue;
    const y = uniformInteger(random, [0, height - h]);
    return { x: uniformInteger(random, [0, width - w]), y, width: w, height: h };
  }
  return undefined;
}

/** Paints `rectangle` in place. */
export function fillRectangle(image: RgbImage, rectangle: Rectangle, [red, green, blue]: Color): void {
  const { x, y, width, height } = rectangle;
  for (let row = y; row < y + height; row++) {
    const start = (row * image.width + x) * 3;
    for (let i = start; i < start + width * 3; i += 3) {
      image.pixels[i] = red;
      image.pixels[i + 1] = green;
      image.pixels[i + 2] = blue;
    }
  }
}
