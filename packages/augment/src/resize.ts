/**
 * Bilinear resizing of 8-bit images, equal to Pillow's `Image.resize(…, BILINEAR)` to the byte, and so to torchvision's
 * `resize(…, antialias=True)` of uint8 images within one gray level.
 *
 * Two passes, columns then rows, each a sum over precomputed taps in fixed point (Pillow's Resample.c: 22 bits after
 * the point, so that 255 times a weight of 1 stays within 31 bits), rounded to bytes between the passes.
 */

import { checkImage, copyPixels, scratchBytes, scratchWords } from './image.ts';
import type { RgbImage } from './types.ts';

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** How to resize. */
export interface ResizeOptions {
  /** Widen the triangle when reducing, as Pillow always does (default); false is the plain two-tap interpolation. */
  readonly antialias?: boolean;
}

/** For each output position the first input position and `count` weights from it on. */
interface Taps {
  readonly count: number;
  readonly starts: Int32Array;
  readonly weights: Int32Array;
}

/** Triangle of half-width max(1, input / output) about the half-pixel center, cut at the borders and normalized. */
function antialiasedTaps(input: number, output: number): Taps {
  const ratio = input / output;
  const support = Math.max(1, ratio);
  const first = (center: number) => Math.max(0, Math.trunc(center - support + 0.5));
  const end = (center: number) => Math.min(input, Math.trunc(center + support + 0.5));
  const centers = Float64Array.from({ length: output }, (_, position) => (position + 0.5) * ratio);
  const count = centers.reduce((most, center) => Math.max(most, end(center) - first(center)), 1);
  const starts = new Int32Array(output);
  const weights = new Int32Array(output * count);
  const real = new Float64Array(count);
  centers.forEach((center, position) => {
    const [from, to] = [first(center), end(center)];
    let sum = 0;
    for (let i = from; i < to; i++) {
      real[i - from] = Math.max(0, 1 - Math.abs((i - center + 0.5) / support));
      sum += real[i - from]!;
    }
    // Every position reads `count` values: near the right border the window is moved left and led by zeros.
    starts[position] = Math.min(from, input - count);
    const base = position * count + from - starts[position];
    for (let i = 0; i < to - from; i++) weights[base + i] = Math.trunc(0.5 + (real[i]! / sum) * (1 << PRECISION));
  });
  return { count, starts, weights };
}

/** The two neighbors of the half-pixel center, the border repeated. */
function plainTaps(input: number, output: number): Taps {
  const ratio = input / output;
  const count = Math.min(2, input);
  const starts = new Int32Array(output);
  const weights = new Int32Array(output * count);
  for (let position = 0; position < output; position++) {
    const source = Math.min(Math.max(0, (position + 0.5) * ratio - 0.5), input - 1);
    const start = Math.min(Math.floor(source), input - count);
    starts[position] = start;
    const right = count === 1 ? 0 : Math.round((source - start) * (1 << PRECISION));
    weights[position * count] = (1 << PRECISION) - right;
    if (count === 2) weights[position * count + 1] = right;
  }
  return { count, starts, weights };
}

/**
 * Along each row: `rows` rows of `inWidth` to `outWidth` pixels. Weights are not negative and sum to one, so nothing
 * can overflow.
 */
function resizeColumns(
  from: Uint8Array,
  to: Uint8Array,
  rows: number,
  inWidth: number,
  outWidth: number,
  taps: Taps,
): void {
  const { count, starts, weights } = taps;
  let out = 0;
  for (let y = 0; y < rows; y++) {
    const row = y * inWidth * 3;
    for (let x = 0; x < outWidth; x++) {
      let at = row + starts[x]! * 3;
      let k = x * count;
      const end = k + count;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (; k + 1 < end; k += 2) {
        const a = weights[k]!;
        const b = weights[k + 1]!;
        red += Math.imul(from[at]!, a) + Math.imul(from[at + 3]!, b);
        green += Math.imul(from[at + 1]!, a) + Math.imul(from[at + 4]!, b);
        blue += Math.imul(from[at + 2]!, a) + Math.imul(from[at + 5]!, b);
        at += 6;
      }
      if (k < end) {
        const weight = weights[k]!;
        red += Math.imul(from[at]!, weight);
        green += Math.imul(from[at + 1]!, weight);
        blue += Math.imul(from[at + 2]!, weight);
      }
      to[out] = red >> PRECISION;
      to[out + 1] = green >> PRECISION;
      to[out + 2] = blue >> PRECISION;
      out += 3;
    }
  }
}

/**
 * Along each column: to `outHeight` rows of `stride` bytes. Up to four taps, as of all sizes from half on, take one
 * pass without sums.
 */
function resizeRows(from: Uint8Array, to: Uint8Array, stride: number, outHeight: number, taps: Taps): void {
  const { count, starts, weights } = taps;
  if (count > 4) return resizeRowsInParts(from, to, stride, outHeight, taps);
  for (let y = 0; y < outHeight; y++) {
    const out = y * stride;
    const offsetOf = (k: number) => (starts[y]! + Math.min(k, count - 1)) * stride;
    const weight = (k: number) => (k < count ? weights[y * count + k]! : 0);
    const [p, q, r, s] = [offsetOf(0), offsetOf(1), offsetOf(2), offsetOf(3)];
    const [a, b, c, d] = [weight(0), weight(1), weight(2), weight(3)];
    if (c === 0 && d === 0) {
      for (let i = 0; i < stride; i++) {
        to[out + i] = (HALF + Math.imul(from[p + i]!, a) + Math.imul(from[q + i]!, b)) >> PRECISION;
      }
    } else {
      for (let i = 0; i < stride; i++) {
        const first = HALF + Math.imul(from[p + i]!, a) + Math.imul(from[q + i]!, b);
        to[out + i] = (first + Math.imul(from[r + i]!, c) + Math.imul(from[s + i]!, d)) >> PRECISION;
      }
    }
  }
}

/** The same with any number of taps, two a pass. */
function resizeRowsInParts(from: Uint8Array, to: Uint8Array, stride: number, outHeight: number, taps: Taps): void {
  const { count, starts, weights } = taps;
  const sums = scratchWords(stride);
  for (let y = 0; y < outHeight; y++) {
    sums.fill(HALF, 0, stride);
    const first = starts[y]!;
    let k = 0;
    for (; k + 1 < count; k += 2) {
      const a = weights[y * count + k]!;
      const b = weights[y * count + k + 1]!;
      if (a === 0 && b === 0) continue;
      const at = (first + k) * stride;
      for (let i = 0; i < stride; i++) {
        sums[i] = sums[i]! + Math.imul(from[at + i]!, a) + Math.imul(from[at + stride + i]!, b);
      }
    }
    if (k < count) {
      const a = weights[y * count + k]!;
      const at = (first + k) * stride;
      if (a !== 0) for (let i = 0; i < stride; i++) sums[i] = sums[i]! + Math.imul(from[at + i]!, a);
    }
    const out = y * stride;
    for (let i = 0; i < stride; i++) to[out + i] = sums[i]! >> PRECISION;
  }
}

/**
 * The image at `width` x `height` pixels (whole numbers from 1 up), always as new pixels.
 *
 * @throws Error for an image whose size and pixels disagree, or a size that is not a positive whole number.
 */
export function resize(image: RgbImage, width: number, height: number, options: ResizeOptions = {}): RgbImage {
  checkImage(image, 'resize');
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new Error(`resize: to ${width} x ${height} pixels; both must be whole numbers from 1 up.`);
  }
  const makeTaps = (options.antialias ?? true) ? antialiasedTaps : plainTaps;
  if (width === image.width && height === image.height) return { pixels: copyPixels(image), width, height };
  let pixels = image.pixels;
  if (width !== image.width) {
    const length = width * image.height * 3;
    const wide = height === image.height ? new Uint8Array(length) : scratchBytes(length);
    resizeColumns(pixels, wide, image.height, image.width, width, makeTaps(image.width, width));
    pixels = wide;
  }
  if (height !== image.height) {
    const tall = new Uint8Array(width * height * 3);
    resizeRows(pixels, tall, width * 3, height, makeTaps(image.height, height));
    pixels = tall;
  }
  return { pixels, width, height };
}

/** The image mirrored left to right, as new pixels. */
export function flipHorizontally(image: RgbImage): RgbImage {
  checkImage(image, 'flipHorizontally');
  const { width, height, pixels } = image;
  const flipped = new Uint8Array(pixels.length);
  let out = 0;
  for (let y = 0; y < height; y++) {
    for (let at = (y * width + width - 1) * 3; out < (y + 1) * width * 3; at -= 3, out += 3) {
      flipped[out] = pixels[at]!;
      flipped[out + 1] = pixels[at + 1]!;
      flipped[out + 2] = pixels[at + 2]!;
    }
  }
  return { pixels: flipped, width, height };
}
