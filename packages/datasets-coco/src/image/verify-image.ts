import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import { explain, hasEnd, type ImageSize } from './decode.ts';

/** How much of an image file is read: all of its pixels (some 3 ms an image of 640x480), or its header and its last bytes (0.3 ms). */
export type ImageCheck = 'whole' | 'header';

/**
 * Reads an image file to see whether it can be decoded, without keeping its pixels: they are scaled down while they stream, so that
 * a large image needs no more memory than a small one. By `header`, a JPEG or PNG without its end mark is read whole after all.
 *
 * @returns the size after EXIF's rotation, and the bytes of the file
 * @throws Error that names the file and what is wrong with it, in the words of `decodeImage`
 */
export async function verifyImage(path: string, how: ImageCheck): Promise<ImageSize & { readonly bytes: number }> {
  try {
    const { width, height } = (await sharp(path, { failOn: 'error' }).metadata()).autoOrient;
    const { size } = await stat(path);
    if (how === 'whole' || !(await hasEnd(path, size))) {
      await sharp(path, { failOn: 'error', ignoreIcc: true, sequentialRead: true })
        // JPEG's own reduction skips coefficients, and with them damage that decoding finds
        .resize(16, 16, { fit: 'fill', fastShrinkOnLoad: false })
        .raw()
        .toBuffer();
    }
    return { width, height, bytes: size };
  } catch (cause) {
    throw await explain(path, cause);
  }
}
