import { Refused } from './refused.ts';

/**
 * Pixels of the largest image that is decoded, 13,377 x 13,377: half a gigabyte as RGB. It is where Pillow refuses too
 * (twice its `MAX_IMAGE_PIXELS`), so what a PyTorch pipeline reads by default is read here. Cameras of 100 megapixels
 * and mammograms (20) are well below; whole aerial frames (450) and microscope slides (thousands) are cut into tiles
 * for any detector.
 */
export const MAX_PIXELS = 178_956_970;

/** From here on (50 MB as RGB, up to five times that while a decoder works) an image must be worth the memory. */
const PLAIN_PIXELS = 2 ** 24;
/**
 * Pixels that a byte stands for at most in such a file. A page of text in two colors, scanned at 600 dots an inch, has
 * 350; a photograph less than 20. A bomb has more: deflate makes 8,000 pixels of two colors of a byte, AV1 tens of
 * thousands.
 */
const PIXELS_PER_BYTE = 1000;

/**
 * Throws {@link Refused} where decoding would take more memory than an image is worth; the size comes from the header.
 */
export function refuseTooManyPixels(width: number, height: number, bytes: number): void {
  const pixels = width * height;
  const size = `${width}x${height} (${Math.round(pixels / 1e6)} million pixels)`;
  if (pixels > MAX_PIXELS) {
    throw new Refused(
      `its header says ${size}; at most ${MAX_PIXELS.toLocaleString('en-US')} pixels are decoded. Cut it into tiles or scale it down.`,
    );
  }
  if (pixels > PLAIN_PIXELS && bytes * PIXELS_PER_BYTE < pixels) {
    throw new Refused(
      `its header says ${size}, in ${bytes} bytes: so little is a decompression bomb, or one color everywhere. Scale it down, or leave it out.`,
    );
  }
}
