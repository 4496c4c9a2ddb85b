import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeImage } from './decode.ts';

const rows = JSON.parse(readFileSync(fileURLToPath(new URL('../fixtures/decode.json', import.meta.url)), 'utf8')) as {
  file: string;
  mode: string;
  width: number;
  height: number;
  sha256: string;
}[];
const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));

(existsSync(shared) ? describe : describe.skip)(
  'the same bytes as PIL (SKIPPED where ../shared/data is absent)',
  () => {
    test.each(rows.map((row) => [row.file, row] as const))('%s', async (file, row) => {
      const { pixels, width, height } = await decodeImage(shared + file);
      expect([width, height]).toEqual([row.width, row.height]);
      expect(createHash('sha256').update(pixels).digest('hex')).toBe(row.sha256);
    });
  },
);
