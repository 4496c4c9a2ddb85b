import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { bmpHeader } from './bmp-header.ts';
import { fileKind, KIND_BYTES, type RasterKind } from './kind.ts';
import { refuseTooManyPixels } from './limits.ts';
import { Refused } from './refused.ts';
import { tiffLayout } from './tiff-layout.ts';
import { openByVips, READS_HEIC } from './vips.ts';

/** What the header of an image file says, after everything that can be refused by it was refused. */
export interface ImageHeader {
  readonly kind: RasterKind;
  /** Pixels as they are stored, before EXIF's rotation. */
  readonly stored: { readonly width: number; readonly height: number };
  /** EXIF's, 1 to 8; 1 where the file has none, or one that does not exist. */
  readonly orientation: number;
  /** Of the file. */
  readonly bytes: number;
  readonly cmyk: boolean;
  /** Whether a band behind the colors is no alpha, and is left out. */
  readonly leaveOutExtra: boolean;
}

/**
 * Reads the header of an image file, by its content and not by its name, and decodes nothing. A pipe, a socket or a
 * device is never opened: it could wait for ever.
 *
 * @throws Refused, or the file system's or sharp's Error
 */
export async function inspectImage(path: string): Promise<ImageHeader> {
  const stats = await stat(path);
  if (stats.isDirectory()) throw new Refused('it is a folder.');
  if (!stats.isFile()) throw new Refused('it is a pipe, a socket or a device, and no file.');
  if (stats.size === 0) throw new Refused('the file is empty (0 bytes); copy or download it again.');
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0);
    return await readHeader(path, file, buffer.subarray(0, bytesRead), stats.size);
  } finally {
    await file.close();
  }
}

async function readHeader(path: string, file: FileHandle, start: Buffer, bytes: number): Promise<ImageHeader> {
  const found = fileKind(start);
  if (!('read' in found)) throw new Refused(`it is ${found.other}: ${found.advice}.`);
  const kind = found.read;
  // Its header could be read.
  if (kind === 'heic' && !READS_HEIC) throw new Refused(NO_HEIC);
  if (kind === 'bmp') {
    const { width, height } = bmpHeader(start);
    refuseTooManyPixels(width, height, bytes);
    return { kind, stored: { width, height }, orientation: 1, bytes, cmyk: false, leaveOutExtra: false };
  }
  const layout = kind === 'tiff' ? await tiffLayout(file) : undefined;
  if (layout !== undefined) refuseTooManyPixels(layout.width, layout.height, bytes);
  // The size is looked at here, with words of our own.
  const header = openByVips(path, { header: true });
  const {
    width,
    height,
    space,
    orientation = 1,
  } = await header.metadata().catch((cause: Error) => {
    throw whyNot(kind, cause);
  });
  refuseTooManyPixels(width, height, bytes);
  return {
    kind,
    stored: { width, height },
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    bytes,
    cmyk: space === 'cmyk',
    leaveOutExtra: layout?.leaveOutExtra === true,
  };
}

const NO_HEIC =
  'it is a HEIC picture, for which libvips needs a decoder of HEVC that this machine does not have (sharp from npm never has it). Convert it to JPEG.';

/** Of a picture whose decoder libvips was built without, says so; other Errors stay what they are. */
export function whyNot(kind: RasterKind, cause: Error): Error {
  const lacks = kind === 'heic' && /HEVC|compression format/i.test(cause.message);
  return lacks ? new Refused(NO_HEIC, { cause }) : cause;
}

/** The size that a picture is seen in: after EXIF's rotation. */
export const seenSize = ({ stored: { width, height }, orientation }: Pick<ImageHeader, 'stored' | 'orientation'>) =>
  orientation >= 5 ? { width: height, height: width } : { width, height };
