import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { decodeImage, imageSize } from './decode.ts';

/** Written by tools/golden/decode_formats.py: files that PIL made, and the pixels that it reads from them. */
const golden = JSON.parse(readFileSync(new URL('../fixtures/decode-formats.json', import.meta.url), 'utf8')) as {
  name: string;
  rule?: string;
  file: string;
  width: number;
  height: number;
  pixels: string;
}[];

const folder = mkdtempSync(join(tmpdir(), 'sed-formats-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every orientation, color model and depth is there', () => {
  const names = golden.map(({ name }) => name);
  for (let orientation = 1; orientation <= 8; orientation++) expect(names).toContain(`exif-${orientation}.jpg`);
  for (const name of ['gray.jpg', 'cmyk.jpg', 'gray-16.png', 'rgb-16.png', 'lossy.webp', 'lzw.tif', 'two-frames.gif']) {
    expect(names).toContain(name);
  }
});

describe('the pixels of PIL', () => {
  test.each(golden.map((entry) => [entry.name, entry] as const))(
    '%s',
    async (name, { file, width, height, ...entry }) => {
      const path = join(folder, name);
      writeFileSync(path, Buffer.from(file, 'base64'));
      const image = await decodeImage(path);
      expect({ width: image.width, height: image.height }).toEqual({ width, height });
      expect(await imageSize(path)).toEqual({ width, height });
      const expected = inflateSync(Buffer.from(entry.pixels, 'base64'));
      const worst = image.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      expect(image.pixels).toHaveLength(expected.length);
      // Laying over white rounds once more.
      expect(worst).toBeLessThanOrEqual(entry.rule === 'alpha over white' ? 1 : 0);
    },
  );
});
