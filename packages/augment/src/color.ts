/**
 * Brightness, contrast, saturation, hue and grayscale of 8-bit images, each equal to its namesake in
 * `torchvision.transforms.v2.functional` on uint8 tensors within one gray level, its truncations included.
 *
 * Every function gives new pixels unless `into` names where to write (the image's own pixels are allowed).
 */

import { checkImage } from './image.ts';
import type { RgbImage } from './types.ts';

// torchvision's luma weights (they sum to .9999, so that a gray of v becomes v - 1) with 22 bits after the point: the
// sum stays in 31 bits.
const LUMA_BITS = 22;
const LUMA_RED = Math.round(0.2989 * 2 ** LUMA_BITS);
const LUMA_GREEN = Math.round(0.587 * 2 ** LUMA_BITS);
const LUMA_BLUE = Math.round(0.114 * 2 ** LUMA_BITS);

function luma(red: number, green: number, blue: number): number {
  return (Math.imul(red, LUMA_RED) + Math.imul(green, LUMA_GREEN) + Math.imul(blue, LUMA_BLUE)) >> LUMA_BITS;
}

/** Torch's conversion to uint8: clamped, then truncated. */
function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
}

function checkFactor(name: string, factor: number): void {
  if (!(factor >= 0 && factor < Infinity)) {
    throw new Error(`${name}: factor ${factor}; it must be a number from 0 up (1 leaves the image as it is).`);
  }
}

function target(image: RgbImage, what: string, into: Uint8Array | undefined): Uint8Array {
  checkImage(image, what);
  if (into === undefined) return new Uint8Array(image.pixels.length);
  if (into.length !== image.pixels.length) {
    throw new Error(`${what}: into has ${into.length} values, the image ${image.pixels.length}; they must agree.`);
  }
  return into;
}

function throughTable(from: Uint8Array, to: Uint8Array, table: Uint8Array): void {
  for (let i = 0; i < from.length; i++) to[i] = table[from[i]!]!;
}

/** Every channel times `factor` (≥ 0). */
export function adjustBrightness(image: RgbImage, factor: number, into?: Uint8Array): RgbImage {
  checkFactor('adjustBrightness', factor);
  const pixels = target(image, 'adjustBrightness', into);
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value++) table[value] = toByte(value * factor);
  throughTable(image.pixels, pixels, table);
  return { ...image, pixels };
}

/** Blend with the image's mean gray: `factor * x + (1 - factor) * mean`, factor ≥ 0. */
export function adjustContrast(image: RgbImage, factor: number, into?: Uint8Array): RgbImage {
  checkFactor('adjustContrast', factor);
  const pixels = target(image, 'adjustContrast', into);
  const from = image.pixels;
  let sum = 0;
  for (let i = 0; i < from.length; i += 3) sum += luma(from[i]!, from[i + 1]!, from[i + 2]!);
  const offset = (1 - factor) * (sum / (image.width * image.height));
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value++) table[value] = toByte(value * factor + offset);
  throughTable(from, pixels, table);
  return { ...image, pixels };
}

/** Blend of every pixel with its own gray: `factor * x + (1 - factor) * gray(x)`, factor ≥ 0. */
export function adjustSaturation(image: RgbImage, factor: number, into?: Uint8Array): RgbImage {
  checkFactor('adjustSaturation', factor);
  const pixels = target(image, 'adjustSaturation', into);
  const from = image.pixels;
  const rest = 1 - factor;
  for (let i = 0; i < from.length; i += 3) {
    const red = from[i]!;
    const green = from[i + 1]!;
    const blue = from[i + 2]!;
    const gray = luma(red, green, blue) * rest;
    pixels[i] = toByte(red * factor + gray);
    pixels[i + 1] = toByte(green * factor + gray);
    pixels[i + 2] = toByte(blue * factor + gray);
  }
  return { ...image, pixels };
}

/** The gray of every pixel in all three channels. */
export function rgbToGrayscale(image: RgbImage, into?: Uint8Array): RgbImage {
  const pixels = target(image, 'rgbToGrayscale', into);
  const from = image.pixels;
  for (let i = 0; i < from.length; i += 3) {
    const gray = luma(from[i]!, from[i + 1]!, from[i + 2]!);
    pixels[i] = gray;
    pixels[i + 1] = gray;
    pixels[i + 2] = gray;
  }
  return { ...image, pixels };
}

/** Turn the hue by `shift` in -0.5..0.5 of the color circle, through HSV as torchvision and Pillow do. */
export function adjustHue(image: RgbImage, shift: number, into?: Uint8Array): RgbImage {
  if (!(shift >= -0.5 && shift <= 0.5)) throw new Error(`adjustHue: shift ${shift}; it must lie in -0.5..0.5.`);
  const pixels = target(image, 'adjustHue', into);
  const from = image.pixels;
  for (let i = 0; i < from.length; i += 3) {
    const red = from[i]!;
    const green = from[i + 1]!;
    const blue = from[i + 2]!;
    const high = Math.max(red, green, blue);
    const range = high - Math.min(red, green, blue);
    // A gray has no hue, and torchvision's conversion gives it back unchanged.
    if (range === 0) {
      pixels[i] = pixels[i + 1] = pixels[i + 2] = high;
      continue;
    }
    const [r, g, b] = [(high - red) / range, (high - green) / range, (high - blue) / range];
    const sector = high === red ? b - g : high === green ? 2 + r - b : 4 + g - r;
    const turned = sector / 6 + shift;
    const h6 = (turned - Math.floor(turned)) * 6;
    const index = Math.floor(h6);
    const fraction = h6 - index;
    const saturation = range / high;
    const value = high / 255;
    const p = scaleToByte((1 - saturation) * value);
    const q = scaleToByte((1 - saturation * fraction) * value);
    const t = scaleToByte((1 - saturation * (1 - fraction)) * value);
    const [x, y, z] = sectorColor(index % 6, high, p, q, t);
    pixels[i] = x;
    pixels[i + 1] = y;
    pixels[i + 2] = z;
  }
  return { ...image, pixels };
}

/** Torchvision's float to uint8: 0..1 times just under 256, truncated. */
function scaleToByte(value: number): number {
  return toByte(value * 255.999);
}

function sectorColor(sector: number, v: number, p: number, q: number, t: number): [number, number, number] {
  switch (sector) {
    case 0:
      return [v, t, p];
    case 1:
      return [q, v, p];
    case 2:
      return [p, v, t];
    case 3:
      return [p, q, v];
    case 4:
      return [t, p, v];
    default:
      return [v, p, q];
  }
}
