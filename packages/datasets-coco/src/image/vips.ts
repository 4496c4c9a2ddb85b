import sharp, { type Sharp } from 'sharp';
import { MAX_PIXELS } from './limits.ts';

/** HEIC needs a decoder of HEVC, which only some builds of libvips have; sharp from npm never has it (patents). */
export const READS_HEIC: boolean = (sharp.format.heif.input.fileSuffix ?? []).includes('.heic');

let withoutCache = false;

/**
 * Opens a file by libvips, which is to say where it is damaged and to read no picture that is too large. Its cache of
 * operations is turned off for the process: it goes by the file's name, and gives the old pixels of an interlaced PNG
 * that was replaced.
 *
 * @param options.header only the header is to be read: its size is not bounded, so that it can be told
 */
export function openByVips(path: string, options: { readonly header?: boolean } = {}): Sharp {
  if (!withoutCache) sharp.cache(false);
  withoutCache = true;
  return sharp(path, {
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: options.header === true ? false : MAX_PIXELS,
  });
}

/**
 * Sets how many threads libvips may use for a single image, for the whole process. Nothing here calls it: who runs the
 * program decides.
 *
 * @param options.threads decoding many images at once, 1 is best and is the default.
 */
export function configureDecoding(options: { threads?: number } = {}): void {
  sharp.concurrency(options.threads ?? 1);
}
