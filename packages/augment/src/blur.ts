/**
 * Gaussian blur of 8-bit images, equal to `torchvision.transforms.v2.functional.gaussian_blur` on uint8 tensors within
 * one gray level. Separable, in fixed point: 8 bits after the point between the passes, 14 in the weights, so sums stay
 * in 31 bits.
 */

import { checkImage, scratchHalves, scratchWords } from './image.ts';
import type { RgbImage } from './types.ts';

const WEIGHT_BITS = 14;
const BETWEEN_BITS = 8;

/**
 * The weights at distance 0, 1, … up to the last that can matter, in units of 2^-14; center + 2 * the others = 2^14. An
 * even number of distances, at least two: the last may be 0.
 */
function halfKernel(size: number, sigma: number): Int32Array {
  const radius = (size - 1) / 2;
  const real = Array.from({ length: radius + 1 }, (_, i) => Math.exp(-((i / sigma) ** 2) / 2));
  const sum = real.reduce((total, value, i) => total + (i === 0 ? value : 2 * value), 0);
  const weights = Int32Array.from(real, (value) => Math.round((value / sum) * 2 ** WEIGHT_BITS));
  // Rounding must not change the mean brightness: the center takes what is missing.
  weights[0] = 2 ** WEIGHT_BITS - 2 * weights.subarray(1).reduce((total, value) => total + value, 0);
  let used = weights.length;
  while (used > 1 && weights[used - 1] === 0) used--;
  const even = new Int32Array(Math.max(3, used + 1 - (used % 2)));
  even.set(weights.subarray(0, used));
  return even;
}

/**
 * Position `i` of a line of `length` mirrored at its borders without repeating them; mirrored again where a line is
 * shorter than the kernel.
 */
function reflect(i: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const j = ((i % period) + period) % period;
  return j < length ? j : period - j;
}

/**
 * `sums = Σ_k weights[k] * (source[left_k + i] + source[right_k + i])` for i in 0..length - 1, with `weights` of 1 + 2n
 * values, the first for the center, and `offsets` the pairs left_k, right_k. Two distances a pass: each reads and
 * writes the sums once.
 */
function accumulate(
  sums: Int32Array,
  source: Uint16Array,
  weights: Int32Array,
  offsets: Int32Array,
  length: number,
): void {
  const center = weights[0]!;
  const middle = offsets[0]!;
  for (let k = 1; k < weights.length; k += 2) {
    const [w1, w2] = [weights[k]!, weights[k + 1]!];
    const [a1, b1, a2, b2] = [offsets[2 * k]!, offsets[2 * k + 1]!, offsets[2 * k + 2]!, offsets[2 * k + 3]!];
    if (k === 1) {
      for (let i = 0; i < length; i++) {
        sums[i] =
          Math.imul(source[middle + i]!, center) +
          Math.imul(source[a1 + i]! + source[b1 + i]!, w1) +
          Math.imul(source[a2 + i]! + source[b2 + i]!, w2);
      }
    } else {
      for (let i = 0; i < length; i++) {
        sums[i] =
          sums[i]! +
          Math.imul(source[a1 + i]! + source[b1 + i]!, w1) +
          Math.imul(source[a2 + i]! + source[b2 + i]!, w2);
      }
    }
  }
}

/**
 * Blur with an odd `kernelSize` and a standard deviation `sigma` > 0 in pixels; the border is reflected. torchvision
 * refuses images of at most half the kernel; here the reflection goes on, so that any size works.
 *
 * @param into where to write, `image.pixels` itself included; new pixels by default
 */
export function gaussianBlur(image: RgbImage, kernelSize: number, sigma: number, into?: Uint8Array): RgbImage {
  checkImage(image, 'gaussianBlur');
  if (!Number.isInteger(kernelSize) || kernelSize < 1 || kernelSize % 2 === 0) {
    throw new Error(`gaussianBlur: kernel size ${kernelSize}; it must be an odd whole number from 1 up.`);
  }
  if (!(sigma > 0 && sigma < Infinity)) throw new Error(`gaussianBlur: sigma ${sigma}; it must be a number above 0.`);
  const { width, height, pixels } = image;
  const out = into ?? new Uint8Array(pixels.length);
  if (out.length !== pixels.length) {
    throw new Error(`gaussianBlur: into has ${out.length} values, the image ${pixels.length}; they must agree.`);
  }
  const weights = halfKernel(kernelSize, sigma);
  const radius = weights.length - 1;
  const stride = width * 3;
  // the line has the type of `between`: with two types in one loop, engines look up which it is at every pixel
  const halves = scratchHalves((height + 1) * stride + radius * 6);
  const between = halves.subarray(0, height * stride);
  const line = halves.subarray(height * stride);
  const sums = scratchWords(stride);
  const offsets = new Int32Array(2 * weights.length);

  for (let k = 0; k <= radius; k++) {
    offsets[2 * k] = (radius - k) * 3;
    offsets[2 * k + 1] = (radius + k) * 3;
  }
  const shift = WEIGHT_BITS - BETWEEN_BITS;
  for (let y = 0; y < height; y++) {
    const row = y * stride;
    for (let i = 0; i < stride; i++) line[radius * 3 + i] = pixels[row + i]!;
    for (let x = 1; x <= radius; x++) {
      const [left, right] = [reflect(-x, width), reflect(width - 1 + x, width)];
      for (let c = 0; c < 3; c++) {
        line[(radius - x) * 3 + c] = pixels[row + left * 3 + c]!;
        line[(radius + width - 1 + x) * 3 + c] = pixels[row + right * 3 + c]!;
      }
    }
    accumulate(sums, line, weights, offsets, stride);
    for (let i = 0; i < stride; i++) between[row + i] = (sums[i]! + (1 << (shift - 1))) >> shift;
  }

  const last = WEIGHT_BITS + BETWEEN_BITS;
  for (let y = 0; y < height; y++) {
    for (let k = 0; k <= radius; k++) {
      offsets[2 * k] = reflect(y - k, height) * stride;
      offsets[2 * k + 1] = reflect(y + k, height) * stride;
    }
    accumulate(sums, between, weights, offsets, stride);
    const row = y * stride;
    for (let i = 0; i < stride; i++) out[row + i] = (sums[i]! + (1 << (last - 1))) >> last;
  }
  return { pixels: out, width, height };
}
