/**
 * Checks that every function of this package makes of an image, and the memory its passes share.
 */

import type { RgbImage } from './types.ts';

/** Throws unless `image` has a positive whole size and `height * width * 3` bytes. */
export function checkImage(image: RgbImage, what: string): void {
  const { width, height, pixels } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new Error(
      `${what}: an image of ${width} x ${height} pixels; width and height must be whole numbers from 1 up.`,
    );
  }
  if (pixels.length !== width * height * 3) {
    throw new Error(
      `${what}: ${pixels.length} values for an image of ${width} x ${height} pixels; ` +
        `RGB without alpha needs ${width * height * 3} (decode to three channels).`,
    );
  }
}

/** The pixels again, in memory of their own. (`slice` of a Node `Buffer`, which decoders give, would share it.) */
export function copyPixels(image: RgbImage): Uint8Array {
  return new Uint8Array(image.pixels);
}

let words = new Int32Array(0);
let halves = new Uint16Array(0);
let bytes = new Uint8Array(0);

/*
 * Intermediate passes share one buffer of each type, grown as needed: a view makes several, each the size of the image,
 * and the work between taking a buffer and the last read of it is synchronous. Their content is never read before it is
 * written.
 */

/** At least `length` 32-bit integers of unspecified content, valid until the next call. */
export function scratchWords(length: number): Int32Array {
  if (words.length < length) words = new Int32Array(length);
  return words;
}

/** At least `length` unsigned 16-bit integers of unspecified content, valid until the next call. */
export function scratchHalves(length: number): Uint16Array {
  if (halves.length < length) halves = new Uint16Array(length);
  return halves;
}

/** At least `length` bytes of unspecified content, valid until the next call. */
export function scratchBytes(length: number): Uint8Array {
  if (bytes.length < length) bytes = new Uint8Array(length);
  return bytes;
}
