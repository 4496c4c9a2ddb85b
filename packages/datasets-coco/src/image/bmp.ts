import { open } from 'node:fs/promises';
import { bmpHeader, BMP_HEADER_BYTES, lowestBit, type BmpHeader } from './bmp-header.ts';
import { decodeRuns } from './bmp-runs.ts';
import type { DecodedImage } from './decoded-image.ts';
import { Refused } from './refused.ts';

/**
 * Decodes a BMP, which libvips as sharp ships it does not: 1, 2, 4, 8, 16, 24 and 32 bits, masks, runs (RLE), from the
 * bottom or the top, the headers of OS/2 and Windows. The bytes are PIL's (`tools/golden/decode_kinds.py`). Alpha,
 * where the header has a mask for it, is laid over white; an alpha that is 0 everywhere is none, as programs that know
 * of no alpha leave it so. Of 32 bits without a mask the fourth byte is not looked at.
 *
 * A decoder of our own: those in the registry (bmp-ts, fast-bmp, bmp-js) get most of the golden files wrong.
 *
 * @throws Refused with the reason
 */
export async function decodeBmp(path: string): Promise<DecodedImage> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const read = async (at: number, length: number) => {
      const wanted = Math.max(0, Math.min(length, size - at));
      const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, at);
      return buffer.subarray(0, bytesRead);
    };
    const header = bmpHeader(await read(0, BMP_HEADER_BYTES));
    const { width, height, runs, palette, offset } = header;
    const colors = await read(palette.at, palette.colors * palette.entry);
    const stride = strideOf(header);
    // Every pixel of a run of its own, and an end at each line, is the most that runs can need.
    const data = await read(offset, runs ? 2 * (width + 1) * height + 2 : stride * height);
    const cutOff = new Refused(`it is cut off at ${size} bytes; copy or download it again.`);
    if (!runs && data.length < stride * height) throw cutOff;
    const indices = runs ? decodeRuns(data, header) : undefined;
    if (runs && indices === undefined) throw cutOff;
    const pixels =
      indices !== undefined
        ? ofPalette(indices, width, header, colors)
        : header.bits <= 8
          ? ofPalette(unpack(data, header, stride), width, header, colors)
          : header.bits === 24
            ? ofBytes(data, header, stride)
            : ofMasks(data, header, stride);
    return { pixels, width, height };
  } finally {
    await file.close();
  }
}

/** Bytes of a row, padded to four. */
const strideOf = ({ width, bits }: Pick<BmpHeader, 'width' | 'bits'>): number => Math.ceil((width * bits) / 32) * 4;

/** The row of the file that a row of the picture is. */
const rowOf = ({ bottomUp, height }: BmpHeader, y: number) => (bottomUp ? height - 1 - y : y);

/** Indices from the top left, one a byte. */
function unpack(data: Buffer, header: BmpHeader, stride: number): Uint8Array {
  const { width, height, bits } = header;
  const indices = new Uint8Array(width * height);
  const mask = (1 << bits) - 1;
  for (let y = 0, i = 0; y < height; y++) {
    const row = rowOf(header, y) * stride;
    for (let x = 0; x < width; x++, i++) {
      const bit = x * bits;
      indices[i] = ((data[row + (bit >> 3)] as number) >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return indices;
}

/** Colors that the palette does not have are black. */
function ofPalette(indices: Uint8Array, width: number, { palette }: BmpHeader, colors: Buffer): Uint8Array {
  const table = new Uint8Array(256 * 3);
  for (let i = 0; i < palette.colors; i++) {
    for (let k = 0; k < 3; k++) table[i * 3 + k] = colors[i * palette.entry + 2 - k] ?? 0;
  }
  const pixels = new Uint8Array(indices.length * 3);
  for (let i = 0; i < indices.length; i++) {
    const at = (indices[i] as number) * 3;
    pixels[i * 3] = table[at] as number;
    pixels[i * 3 + 1] = table[at + 1] as number;
    pixels[i * 3 + 2] = table[at + 2] as number;
  }
  return pixels;
}

function ofBytes(data: Buffer, header: BmpHeader, stride: number): Uint8Array {
  const { width, height } = header;
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    let at = rowOf(header, y) * stride;
    for (let x = 0; x < width; x++, i += 3, at += 3) {
      pixels[i] = data[at + 2] as number;
      pixels[i + 1] = data[at + 1] as number;
      pixels[i + 2] = data[at] as number;
    }
  }
  return pixels;
}

function ofMasks(data: Buffer, header: BmpHeader, stride: number): Uint8Array {
  const { width, height, bits } = header;
  const [red, green, blue, alpha] = header.masks.map(channel) as [Channel, Channel, Channel, Channel];
  const pixels = new Uint8Array(width * height * 3);
  const value = (at: number) => (bits === 16 ? data.readUInt16LE(at) : data.readUInt32LE(at));
  const opaque = header.masks[3] === 0 || isNowhere(data, header, stride, value);
  for (let y = 0, i = 0; y < height; y++) {
    const row = rowOf(header, y) * stride;
    for (let x = 0; x < width; x++, i += 3) {
      const pixel = value(row + (x * bits) / 8);
      const a = opaque ? 255 : alpha(pixel);
      pixels[i] = overWhite(red(pixel), a);
      pixels[i + 1] = overWhite(green(pixel), a);
      pixels[i + 2] = overWhite(blue(pixel), a);
    }
  }
  return pixels;
}

function isNowhere(
  data: Buffer,
  { width, height, bits, masks }: BmpHeader,
  stride: number,
  value: (at: number) => number,
) {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if ((value(y * stride + (x * bits) / 8) & masks[3]) !== 0) return false;
  }
  return true;
}

const overWhite = (value: number, alpha: number) =>
  alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255);

type Channel = (pixel: number) => number;

/** The bits of a mask as 0 to 255, rounded down as PIL does. */
function channel(mask: number): Channel {
  if (mask === 0) return () => 0;
  const lowest = lowestBit(mask);
  const most = mask / lowest;
  return (pixel) => Math.floor(((((pixel & mask) >>> 0) / lowest) * 255) / most);
}
