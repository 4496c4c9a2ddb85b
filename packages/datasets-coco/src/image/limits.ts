import { Refused } from './refused.ts';

/**
 * Pixels of the largest image that is decoded, 13,377 x 13,377: half a gigabyte as RGB. It is where Pillow refuses too (twice its
 * `MAX_IMAGE_PIXELS`), so what a PyTorch pipeline reads by default is read here. Cameras of 100 megapixels and mammograms (20) are well below;
 * whole aerial frames (450) and microscope slides (thousands) are cut into tiles for any detector.
 */
export const MAX_PIXELS = 178_956_970;

/** Pillow's `MAX_IMAGE_PIXELS`, from which on it warns of decompression bombs: a quarter of a gigabyte as RGB. */
const SUSPICIOUS_PIXELS = 89_478_485;
/** Pixels that a byte of a photograph stands for, at most; deflate makes 344 black RGB pixels of a byte. */
const PIXELS_PER_BYTE = 100;

/** Throws {@link Refused} where decoding would take more memory than an image is worth; the size comes from the header. */
export function checkPixels(width: number, height: number, bytes: number): void {
  const pixels = width * height;
  const size = `${width}x${height} (${Math.round(pixels / 1e6)} million pixels)`;
  if (pixels > MAX_PIXELS) {
    throw new Refused(
      `its header says ${size}; at most ${MAX_PIXELS.toLocaleString('en-US')} pixels are decoded. Cut it into tiles or scale it down.`,
    );
  }
  if (pixels > SUSPICIOUS_PIXELS && bytes * PIXELS_PER_BYTE < pixels) {
    throw new Refused(
      `its header says ${size}, in ${bytes} bytes: so little may be a decompression bomb. Scale it down, or replace it.`,
    );
  }
}
