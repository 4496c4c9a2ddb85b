import type { BmpHeader } from './bmp-header.ts';

/**
 * Decodes the runs (RLE8, RLE4) of a BMP. Pixels that are jumped over have the first color.
 *
 * @returns indices into the palette from the top left, one a byte; undefined where the data ends before the picture
 *   does
 */
export function decodeRuns(data: Buffer, { width, height, bits }: BmpHeader): Uint8Array | undefined {
  const indices = new Uint8Array(width * height);
  // The lowest row is the first.
  let [x, y, at] = [0, 0, 0];
  const put = (index: number) => {
    if (x < width && y < height) indices[(height - 1 - y) * width + x] = index;
    x++;
  };
  /** Of a run, or of pieces: two indices a byte where there are four bits. */
  const indexOf = (byte: number, i: number) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
  while (y < height) {
    if (at + 2 > data.length) return y === height - 1 && x >= width ? indices : undefined;
    const count = data[at] as number;
    const value = data[at + 1] as number;
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(indexOf(value, i));
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      if (at + 2 > data.length) return undefined;
      x += data[at] as number;
      y += data[at + 1] as number;
      at += 2;
    } else {
      const bytes = Math.ceil((value * bits) / 8);
      if (at + bytes > data.length) return undefined;
      for (let i = 0; i < value; i++) put(indexOf(data[at + ((i * bits) >> 3)] as number, i));
      at += bytes + (bytes % 2);
    }
  }
  return indices;
}
