import type { FileHandle } from 'node:fs/promises';
import { Refused } from './refused.ts';

/** The first page of a TIFF. */
export interface TiffLayout {
  readonly width: number;
  readonly height: number;
  /** Whether its last band is no alpha, and is left out. */
  readonly leaveOutExtra: boolean;
}

/** TIFF 6.0 and its supplements; https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf */
const TAG = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  orientation: 274,
  samplesPerPixel: 277,
  inkSet: 332,
  extraSamples: 338,
  sampleFormat: 339,
  dngVersion: 50706,
} as const;
const PHOTOMETRIC = { white: 0, black: 1, rgb: 2, palette: 3, cmyk: 5, ycbcr: 6, lab: 8 } as const;
/** Compression by JPEG, of TIFF 6 and as it is done since. */
const JPEG: ReadonlySet<number> = new Set([6, 7]);
const KNOWN: ReadonlySet<number> = new Set(Object.values(TAG));
/** Bytes of a value by TIFF's type; those with whole numbers are read. */
const BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };
/** Values of a tag that are looked at: an image with more bands is refused whatever they are. */
const VALUES = 16;
/** Entries of a directory; files of cameras have some 60. */
const ENTRIES = 4096;

const CONVERT = 'save it as an 8-bit RGB picture';

/**
 * Reads from the first directory of a TIFF whether its values have one right reading as RGB, which is PIL's and
 * OpenCV's. TIFF holds measurements as well as pictures: floats, signed and 32-bit values have no range that could be
 * mapped to 0 to 255, more bands than a picture has no colors.
 *
 * @throws Refused with the reason
 */
export async function tiffLayout(file: FileHandle): Promise<TiffLayout> {
  const tags = await firstDirectory(file);
  const firstOf = (tag: number, otherwise: number) => tags.get(tag)?.[0] ?? otherwise;
  const photometric = firstOf(TAG.photometric, -1);
  const bands = firstOf(TAG.samplesPerPixel, 1);
  const bits = tags.get(TAG.bitsPerSample) ?? [1];
  const formats = tags.get(TAG.sampleFormat) ?? [1];
  const extra = tags.get(TAG.extraSamples) ?? [];
  const deep = Math.max(...bits);
  if (tags.has(TAG.dngVersion)) throw new Refused(`it is a DNG raw file of a camera; develop it and ${CONVERT}.`);
  if (firstOf(TAG.subfileType, 0) & 1) {
    throw new Refused(`its first picture is a reduced copy of another one, as in raw files of cameras; ${CONVERT}.`);
  }
  const orientation = firstOf(TAG.orientation, 1);
  if (orientation < 1 || orientation > 8) {
    throw new Refused(`its orientation tag is ${orientation}, where TIFF has 1 to 8; save it anew.`);
  }
  const format = formats.find((value) => value !== 1 && value !== 4);
  if (format !== undefined)
    throw new Refused(`it holds ${FORMATS[format] ?? `values of sample format ${format}`}; ${RANGE}`);
  if (deep > 16) throw new Refused(`it holds values of ${deep} bits; ${RANGE}`);
  const colors = COLORS[photometric];
  if (colors === undefined) {
    throw new Refused(
      `its colors are ${photometric === PHOTOMETRIC.lab ? 'Lab' : photometric === -1 ? 'not said' : `of photometric interpretation ${photometric}`}, which is not read here; ${CONVERT}.`,
    );
  }
  const { count, depths, name } = colors;
  const extras = bands - count;
  if (extras < 0 || extras > (count === 4 ? 0 : 1)) {
    throw new Refused(
      `it has ${bands} ${bands === 1 ? 'band' : 'bands'}, where ${name} has ${count}${count === 4 ? '' : ' and perhaps an alpha'}: ` +
        'which of them are red, green and blue is not said. Keep those three.',
    );
  }
  if (bits.some((value) => value !== bits[0]) || !depths.includes(deep) || (extras > 0 && deep < 8)) {
    throw new Refused(
      `it holds ${[...new Set(bits)].join(', ')} bits a sample in ${bands} bands (${name}), which is not read here; ${CONVERT}.`,
    );
  }
  if (photometric === PHOTOMETRIC.ycbcr && !JPEG.has(firstOf(TAG.compression, 1))) {
    throw new Refused(`its colors are YCbCr without JPEG, which readers take differently; ${CONVERT}.`);
  }
  if (photometric === PHOTOMETRIC.cmyk && firstOf(TAG.inkSet, 1) !== 1) {
    throw new Refused(`its inks are not cyan, magenta, yellow and black; ${CONVERT}.`);
  }
  // 1 and 2 are alpha, premultiplied or not; 0 is whatever the writer liked: near infrared, a mask.
  return {
    width: firstOf(TAG.width, 0),
    height: firstOf(TAG.height, 0),
    leaveOutExtra: extras > 0 && extra[0] !== 1 && extra[0] !== 2,
  };
}

const RANGE = `what is black and what is white in it is not said. Scale it to 0 to 255 and ${CONVERT}.`;
const FORMATS: Readonly<Record<number, string>> = {
  2: 'signed values',
  3: 'floating-point values',
  5: 'complex values',
  6: 'complex floating-point values',
};
/** Bands of a color model, and the bits a sample in which libvips gives PIL's pixels. */
const COLORS: Readonly<
  Record<number, { readonly count: number; readonly depths: readonly number[]; readonly name: string }>
> = {
  [PHOTOMETRIC.white]: { count: 1, depths: [1, 2, 4, 8, 16], name: 'gray' },
  [PHOTOMETRIC.black]: { count: 1, depths: [1, 2, 4, 8, 16], name: 'gray' },
  [PHOTOMETRIC.rgb]: { count: 3, depths: [8, 16], name: 'RGB' },
  [PHOTOMETRIC.palette]: { count: 1, depths: [1, 2, 4, 8], name: 'a palette' },
  [PHOTOMETRIC.cmyk]: { count: 4, depths: [8], name: 'CMYK' },
  [PHOTOMETRIC.ycbcr]: { count: 3, depths: [8], name: 'YCbCr' },
};

/** The tags that are looked at. Offsets are read where they point, whatever the order of the file. */
async function firstDirectory(file: FileHandle): Promise<ReadonlyMap<number, readonly number[]>> {
  const read = async (at: number, length: number) => {
    if (!Number.isSafeInteger(at)) throw new Refused('its directory is damaged: it points outside of the file.');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    if (bytesRead < length)
      throw new Refused('it is cut off, or its directory is damaged: it points outside of the file.');
    return buffer;
  };
  const header = await read(0, 8);
  const little = header[0] === 0x49;
  const big = header[little ? 2 : 3] === 0x2b;
  const short = (from: Buffer, at: number) => (little ? from.readUInt16LE(at) : from.readUInt16BE(at));
  const long = (from: Buffer, at: number) => (little ? from.readUInt32LE(at) : from.readUInt32BE(at));
  const long8 = (from: Buffer, at: number) => Number(little ? from.readBigUInt64LE(at) : from.readBigUInt64BE(at));
  const pointer = big ? long8 : long;
  const width = big ? 8 : 4;
  const start = big ? long8(await read(8, 8), 0) : long(header, 4);
  const counted = await read(start, big ? 8 : 2);
  const count = big ? long8(counted, 0) : short(counted, 0);
  if (count > ENTRIES) throw new Refused(`its directory is damaged: it says that it has ${count} entries.`);
  const entry = 4 + 2 * width;
  const entries = await read(start + counted.length, count * entry);
  const tags = new Map<number, number[]>();
  for (let at = 0; at < entries.length; at += entry) {
    const tag = short(entries, at);
    const bytes = BYTES[short(entries, at + 2)];
    if (!KNOWN.has(tag) || bytes === undefined) continue;
    const total = pointer(entries, at + 4);
    const length = Math.min(total, VALUES);
    const field = at + 4 + width;
    const values =
      total * bytes <= width
        ? entries.subarray(field, field + width)
        : await read(pointer(entries, field), length * bytes);
    const number = {
      1: (i: number) => values.readUInt8(i),
      2: (i: number) => short(values, i),
      4: (i: number) => long(values, i),
    }[bytes];
    tags.set(
      tag,
      Array.from({ length }, (_, i) => (number ?? ((k: number) => long8(values, k)))(i * bytes)),
    );
  }
  return tags;
}
