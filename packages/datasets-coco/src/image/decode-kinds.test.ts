import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { decodeImage, imageSize } from './decode.ts';
import { verifyImage } from './verify-image.ts';
import { READS_HEIC } from './vips.ts';

/**
 * Written by tools/golden/decode_kinds.py: odd files, and the pixels that PIL (or OpenCV, or a rule that is named)
 * gives; or why not.
 */
const golden = JSON.parse(readFileSync(new URL('../fixtures/decode-kinds.json', import.meta.url), 'utf8')) as {
  name: string;
  rule?: string;
  refused?: string;
  file: string;
  width: number;
  height: number;
  pixels: string;
}[];

const folder = mkdtempSync(join(tmpdir(), 'sed-kinds-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (entry: { name: string; file: string }) => {
  const path = join(folder, entry.name);
  writeFileSync(path, Buffer.from(entry.file, 'base64'));
  return path;
};

describe('what PIL reads', () => {
  test.each(golden.filter(({ refused }) => refused === undefined).map((entry) => [entry.name, entry] as const))(
    '%s',
    async (_, entry) => {
      const path = write(entry);
      const { width, height, pixels } = await decodeImage(path);
      expect({ width, height }).toEqual({ width: entry.width, height: entry.height });
      expect(await imageSize(path)).toMatchObject({ width, height });
      const expected = inflateSync(Buffer.from(entry.pixels, 'base64'));
      expect(pixels).toHaveLength(expected.length);
      const worst = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      // Laying over white rounds once more; AV1's colors are converted by two libraries.
      expect(worst).toBeLessThanOrEqual(entry.rule?.includes('white') || entry.name.endsWith('.avif') ? 1 : 0);
      await expect(verifyImage(path, 'whole')).resolves.toMatchObject({ width, height });
      await expect(verifyImage(path, 'header')).resolves.toMatchObject({ width, height });
    },
  );
});

describe('what has no one right reading is refused, by the check as by the decoder', () => {
  // A libvips with a decoder of HEVC reads it.
  const withHeic = READS_HEIC;
  const refused = golden.filter((entry) => entry.refused !== undefined && !(withHeic && entry.refused === 'HEIC'));
  test.each(refused.map((entry) => [entry.name, entry] as const))('%s', async (_, entry) => {
    const path = write(entry);
    const message = new RegExp(`^Cannot read the image .*${entry.name}: .*${entry.refused}`);
    await expect(decodeImage(path)).rejects.toThrow(message);
    await expect(verifyImage(path, 'whole')).rejects.toThrow(message);
    if (entry.name === 'cut.bmp') return;
    await expect(verifyImage(path, 'header')).rejects.toThrow(message);
    await expect(imageSize(path)).rejects.toThrow(message);
  });
});
