import type { Sharp } from 'sharp';
import { decodeBmp } from './bmp.ts';
import { cmykToRgb } from './cmyk.ts';
import type { DecodedImage } from './decoded-image.ts';
import { explain } from './explain.ts';
import { inspectImage, seenSize, whyNot, type ImageHeader } from './inspect.ts';
import { openByVips } from './vips.ts';

/** A size in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes an image file to 8-bit RGB, off the main thread (but for BMP). The format is told by the content, never by
 * the name. EXIF's rotation is applied; grayscale, palette, CMYK and 16-bit images become 8-bit RGB; alpha is laid over
 * white, and a band of a TIFF that is not said to be alpha is left out; of an animation or a multi-page file the first
 * frame is taken. Color profiles are ignored, as PIL and OpenCV do: networks were trained on such pixels. The bytes are
 * PIL's (`tools/golden/decode_formats.py`, `decode_kinds.py`), but for alpha, which PIL drops, and 16-bit gray, of
 * which the high byte is taken, as OpenCV does. JPEG, PNG, WebP, TIFF, GIF, AVIF and BMP are read, HEIC where libvips
 * can.
 *
 * @throws Error that names the file and what is wrong with it: what it is instead of a picture, more than
 * {@link MAX_PIXELS} pixels (before memory is taken for them), a TIFF of measurements and not of colors. A file that is
 * cut off is an error, never a half-gray image.
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  try {
    return await decodePixels(path, await inspectImage(path));
  } catch (cause) {
    throw await explain(path, cause);
  }
}

/** The pixels of a file whose header was read: the one way to decode, for training, for prediction and for checks. */
export async function decodePixels(path: string, header: ImageHeader): Promise<DecodedImage> {
  const image = await (header.kind === 'bmp' ? decodeBmp(path) : decodeByVips(path, header));
  return header.orientation === 1 ? image : { ...image, orientation: header.orientation };
}

async function decodeByVips(path: string, { kind, cmyk, leaveOutExtra }: ImageHeader): Promise<DecodedImage> {
  const image = openByVips(path);
  if (cmyk) return decodeCmyk(image);
  const colored = leaveOutExtra
    ? image.autoOrient().removeAlpha()
    : image.autoOrient().flatten({ background: '#ffffff' });
  const { data, info } = await colored
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: Error) => {
      throw whyNot(kind, cause);
    });
  const { width, height, channels } = info;
  if ((channels as number) !== 3) throw new Error(`${channels} channels after conversion to RGB`);
  return { pixels: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
}

async function decodeCmyk(image: Sharp): Promise<DecodedImage> {
  const { data, info } = await image
    .pipelineColourspace('cmyk')
    .autoOrient()
    .toColourspace('cmyk')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 4) throw new Error(`${channels} channels in a CMYK image`);
  return { pixels: cmykToRgb(data), width, height };
}

/** Width and height as {@link decodeImage} would give them (after EXIF's rotation), from the header alone. */
export async function imageSize(path: string): Promise<ImageSize> {
  try {
    return seenSize(await inspectImage(path));
  } catch (cause) {
    throw await explain(path, cause);
  }
}
