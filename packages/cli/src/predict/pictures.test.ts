import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageRecord } from '@sed/datasets-coco';
import sharp from 'sharp';
import { isDrawn } from '../draw/picture.ts';
import type { Talk } from '../ui/console.ts';
import { drawAll, drawingsOf } from './pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-pictures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = (fileName: string, id = 1): ImageRecord => ({
  id,
  path: join(folder, fileName),
  fileName,
  annotations: [],
});

test('each image has a picture of its own, whatever file systems make of names', () => {
  const names = ['a.png', 'a.png.jpg', 'A.JPG', 'a.jpg', 'sub/a.jpg', 'e\u0301.webp', '\u00e9.webp', '../b.jpeg'];
  const files = drawingsOf(
    '/out',
    names.map((name) => record(name)),
  ).map(({ path }) => path);
  expect(files).toEqual([
    '/out/a.png.jpg',
    '/out/a.png-2.jpg',
    '/out/A.JPG',
    '/out/a-2.jpg',
    '/out/sub/a.jpg',
    '/out/e\u0301.webp.jpg',
    '/out/\u00e9.webp-2.jpg',
    '/out/b.jpeg',
  ]);
});

test('names in other scripts are drawn, what no font has is said once, and a picture that fails does not stop the others', async () => {
  const size = { width: 200, height: 100, channels: 3, background: '#808080' } as const;
  await sharp({ create: size }).toFile(join(folder, 'one.png'));
  writeFileSync(join(folder, 'two.png'), 'gone since');
  const drawings = drawingsOf(join(folder, 'drawn'), [record('one.png', 1), record('two.png', 2)]);
  const pictures: Buffer[] = [];
  const warnings: string[] = [];
  const talk = { warn: (text: string) => void warnings.push(text), status: () => {}, clear: () => {}, say: () => {} };
  for (const name of ['猫', '犬', 'Кошка', 'a\u{20000}']) {
    const { drawn, failed } = await drawAll(drawings, {
      detections: [{ image_id: 1, category_id: 5, bbox: [10, 30, 100, 50], score: 0.9 }],
      model: { categories: [{ id: 5, name }] },
      least: 0.5,
      talk: talk as unknown as Talk,
    });
    expect({ drawn, failed }).toEqual({ drawn: 1, failed: [join(folder, 'two.png')] });
    pictures.push(readFileSync(join(folder, 'drawn', 'one.png.jpg')));
  }
  expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(4);
  expect(pictures.every(isDrawn)).toBe(true);
  expect(warnings.filter((text) => text.includes('two.png is not drawn'))).toHaveLength(4);
  expect(warnings.filter((text) => text.includes('fonts'))).toEqual([
    "The fonts at hand lack letters of class names; boxes stand for them: 'a\u{20000}' (\u{20000}).",
  ]);
});
