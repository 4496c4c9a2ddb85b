import { Refused } from './refused.ts';

/** How a BMP's pixels lie in its file. */
export interface BmpHeader {
  readonly width: number;
  readonly height: number;
  /** Rows begin with the lowest, unless the height is negative. */
  readonly bottomUp: boolean;
  readonly bits: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  readonly runs: boolean;
  /** Of 16 and 32 bits: where red, green, blue and alpha are; 0 is no alpha. */
  readonly masks: readonly [number, number, number, number];
  readonly palette: { readonly at: number; readonly colors: number; readonly entry: 3 | 4 };
  /** Where the pixels begin. */
  readonly offset: number;
}

/** Bytes from the start of the file in which the header and its masks are. */
export const BMP_HEADER_BYTES = 14 + 124 + 16;

/** BITMAPCOREHEADER of OS/2 1; its palette has three bytes a color. */
const CORE = 12;
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const FIELDS = 3;
const ALPHA_FIELDS = 6;
const CONVERT = 'Convert it to PNG.';
/** Bits of what has none of its own masks. */
const MASKS: Readonly<Record<number, readonly [number, number, number, number]>> = {
  16: [0x7c00, 0x3e0, 0x1f, 0],
  32: [0xff0000, 0xff00, 0xff, 0],
};

/**
 * Reads the header of a BMP: OS/2 1 and 2, Windows 3 to 5
 * (https://learn.microsoft.com/windows/win32/gdi/bitmap-storage).
 *
 * @param start the first {@link BMP_HEADER_BYTES} bytes, or all of a shorter file
 * @throws Refused for what is not read: JPEG or PNG inside, Huffman codes, odd depths
 */
export function bmpHeader(start: Buffer): BmpHeader {
  const need = (bytes: number) => {
    if (start.length < bytes) throw new Refused(`it is cut off at ${start.length} bytes; copy or download it again.`);
  };
  need(14 + CORE);
  const size = start.readUInt32LE(14);
  if (size !== CORE && (size < 16 || size > 124)) {
    throw new Refused(`its BMP header says that it has ${size} bytes, which no kind of BMP has.`);
  }
  need(14 + size);
  const core = size === CORE;
  const width = core ? start.readUInt16LE(18) : start.readInt32LE(18);
  const signed = core ? start.readUInt16LE(20) : start.readInt32LE(22);
  const height = Math.abs(signed);
  const bits = start.readUInt16LE(core ? 24 : 28);
  const field = (at: number) => (size >= at + 4 ? start.readUInt32LE(14 + at) : 0);
  const compression = core ? RGB : field(16);
  if (width <= 0 || height === 0) throw new Refused(`its header says ${width}x${signed} pixels. Replace the file.`);
  if (compression === 4 || compression === 5) {
    throw new Refused(
      `it is a BMP with a ${compression === 4 ? 'JPEG' : 'PNG'} inside, as printers take them. ${CONVERT}`,
    );
  }
  const runs = compression === RLE8 || compression === RLE4;
  const fields = compression === FIELDS || compression === ALPHA_FIELDS;
  if ((!runs && !fields && compression !== RGB) || (fields && bits !== 16 && bits !== 32)) {
    throw new Refused(
      `it is a BMP of ${bits} bits with compression ${compression}, which is not read here. ${CONVERT}`,
    );
  }
  if (!isDepth(bits) || (runs && bits !== (compression === RLE8 ? 8 : 4))) {
    throw new Refused(
      `it is a BMP of ${bits} bits a pixel${runs ? ' in runs' : ''}, which is not read here. ${CONVERT}`,
    );
  }
  if (runs && signed < 0) throw new Refused(`it is a BMP in runs from the top, which there is not. ${CONVERT}`);
  let masks = MASKS[bits] ?? [0, 0, 0, 0];
  let end = 14 + size;
  if (fields) {
    const inside = size >= 52;
    const alpha = inside ? size >= 56 : compression === ALPHA_FIELDS;
    // Behind a header of 40 bytes, or within a longer one: the same place.
    need(54 + (alpha ? 16 : 12));
    if (!inside) end = 54 + (alpha ? 16 : 12);
    const maskAt = (i: number) => start.readUInt32LE(54 + 4 * i);
    masks = [maskAt(0), maskAt(1), maskAt(2), alpha ? maskAt(3) : 0];
    if (!masks.every((mask, i) => (mask === 0 ? i === 3 : isRun(mask)))) {
      throw new Refused(`its masks of colors are ${masks.map((m) => `0x${m.toString(16)}`).join(', ')}. ${CONVERT}`);
    }
  }
  const stated = start.readUInt32LE(10);
  const entry = core ? 3 : 4;
  const room = Math.floor(Math.max(0, (stated >= end ? stated : Infinity) - end) / entry);
  const colors = bits > 8 ? 0 : Math.min(field(32) || 1 << bits, 1 << bits, room);
  return {
    width,
    height,
    bottomUp: signed > 0,
    bits,
    runs,
    masks,
    palette: { at: end, colors, entry },
    offset: stated >= end ? stated : end + colors * entry,
  };
}

/** The lowest bit that is set in a mask of 32 bits. */
export const lowestBit = (mask: number): number => (mask & -mask) >>> 0;

const isDepth = (bits: number): bits is BmpHeader['bits'] => [1, 2, 4, 8, 16, 24, 32].includes(bits);

/** Whether the bits that are set stand together. */
function isRun(mask: number): boolean {
  const shifted = mask / lowestBit(mask);
  return ((shifted + 1) & shifted) === 0;
}
