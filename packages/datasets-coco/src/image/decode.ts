import { open, stat } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { cmykToRgb } from './cmyk.ts';

/** A decoded image: `pixels` is height · width · 3 bytes, RGB, rows from the top. The same shape as `@sed/augment` takes. */
export interface DecodedImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A size in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes an image file to 8-bit RGB, off the main thread. EXIF's rotation is applied; grayscale, palette, CMYK and 16-bit images
 * become 8-bit RGB; alpha is laid over white; of an animation or a multi-page file the first frame is taken. Colour profiles are
 * ignored, as PIL and OpenCV do: networks were trained on such pixels. The bytes are PIL's (`tools/golden/decode_formats.py`), but for
 * alpha, which PIL drops, and 16-bit gray, of which the high byte is taken. JPEG, PNG, WebP, TIFF, GIF and AVIF are read; BMP is not.
 *
 * @throws Error that names the file and what is wrong with it. A file that is cut off is an error, never a half-gray image.
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  try {
    const image = sharp(path, { failOn: 'error', ignoreIcc: true });
    if ((await image.metadata()).space === 'cmyk') return await decodeCmyk(image);
    const { data, info } = await image
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    if ((channels as number) !== 3) throw new Error(`${channels} channels after conversion to RGB`);
    return { pixels: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height };
  } catch (cause) {
    throw await explain(path, cause);
  }
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
    const { width, height } = (await sharp(path, { failOn: 'error' }).metadata()).autoOrient;
    return { width, height };
  } catch (cause) {
    throw await explain(path, cause);
  }
}

/**
 * Sets how much of the machine sharp takes, for the whole process. Nothing here calls it: who runs the program decides.
 *
 * @param options.threads threads a single image may use (libvips); decoding many at once, 1 is best and is the default.
 * @param options.cacheMegabytes libvips's own cache of operations; of no use in training, so 0 is the default.
 */
export function configureDecoding(options: { threads?: number; cacheMegabytes?: number } = {}): void {
  const { threads = 1, cacheMegabytes = 0 } = options;
  sharp.concurrency(threads);
  sharp.cache(cacheMegabytes === 0 ? false : { memory: cacheMegabytes });
}

/** What a decoder's Error means for the file: its name, what is wrong with it and what to do. */
export async function explain(path: string, cause: unknown): Promise<Error> {
  // libvips says the same once for each time it tried
  const words = (cause as Error).message.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
  const said = [...new Set(words.filter((line) => line !== ''))].join(' ');
  const error = (why: string) => new Error(`Cannot read the image ${path}: ${why}`, { cause });
  const { stats, reason } = await stat(path).then(
    (found) => ({ stats: found, reason: undefined }),
    (failure: NodeJS.ErrnoException) => ({ stats: undefined, reason: failure }),
  );
  if (stats === undefined) {
    return error(reason.code === 'ENOENT' ? 'the file does not exist.' : `${reason.message}.`);
  }
  if (stats.isDirectory()) return error('it is a folder.');
  if (stats.size === 0) return error('the file is empty (0 bytes); copy or download it again.');
  const start = await head(path).catch((failure: NodeJS.ErrnoException) => failure);
  if (typeof start !== 'string') {
    return error(start.code === 'EACCES' ? 'this user may not read it (permissions).' : `${start.message}.`);
  }
  if (start.startsWith('version https://git-lfs')) {
    return error("it is a git-lfs pointer, not the image: run 'git lfs pull' where it comes from.");
  }
  if (/^\s*<(!doctype|html)/i.test(start)) return error('it is a web page, not an image: a download went wrong.');
  if (start.startsWith('BM')) return error(`BMP is not decoded here; convert it to PNG (sharp said: ${said}).`);
  const cut = () => error(`it is cut off at ${stats.size} bytes; copy or download it again (sharp said: ${said}).`);
  // Before any of libvips's words: it keeps them for the whole process, and decoding many at once they can be about another file.
  if (start.startsWith('\xff\xd8') && !(await hasEnd(path, stats.size))) return cut();
  if (/pixel limit|too (?:large|big|wide)|dimensions/i.test(said)) {
    return error(`it is larger than any image that is read here (268 million pixels; sharp said: ${said}).`);
  }
  if (/unsupported image format/i.test(said)) {
    return error(
      `it is no image, whatever its name says: it begins with ${JSON.stringify(start.slice(0, 16))} (sharp said: ${said}).`,
    );
  }
  const cutOff = /premature end|truncat|not enough|read error|unexpected end|end of (?:file|stream|image)/i.test(said);
  // Decoding many at once, libvips sometimes loses its own words ("Unknown error").
  if (cutOff || (/unknown error/i.test(said) && !(await hasEnd(path, stats.size)))) return cut();
  return error(`sharp said: ${said}`);
}

/** Whether a JPEG or PNG has its end mark near its end; true for other formats. */
export async function hasEnd(path: string, size: number): Promise<boolean> {
  const start = await head(path);
  const end = await head(path, Math.max(0, size - 64));
  if (start.startsWith('\xff\xd8')) return end.includes('\xff\xd9');
  if (start.startsWith('\x89PNG')) return end.includes('IEND');
  return true;
}

async function head(path: string, at = 0): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, at);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
