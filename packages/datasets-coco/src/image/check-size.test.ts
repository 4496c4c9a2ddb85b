import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainImage } from '../testing/images.ts';
import type { ImageRecord } from '../types.ts';
import { checkSize } from './check-size.ts';
import { decodeImage } from './decode.ts';

const record: ImageRecord = { id: 7, path: '/a.jpg', fileName: 'a.jpg', width: 640, height: 480, annotations: [] };

test('passes where sizes agree or are not stated', () => {
  expect(() => checkSize(record, { width: 640, height: 480 })).not.toThrow();
  expect(() =>
    checkSize({ id: 7, path: '/a.jpg', fileName: 'a.jpg', annotations: [] }, { width: 1, height: 1 }),
  ).not.toThrow();
});

test('names file, sizes and the likely cause', () => {
  expect(() => checkSize(record, { width: 480, height: 640 })).toThrow(
    '/a.jpg is 480x640, but its annotations (image id 7) are for 640x480. The file carries an EXIF rotation',
  );
  expect(() => checkSize(record, { width: 320, height: 240 })).toThrow('or it was resized after annotation.');
});

test('a file that EXIF turns, annotated by a tool that ignored it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sed-turned-'));
  const path = join(folder, 'a.jpg');
  await writeFile(path, await plainImage(64, 48, { format: 'jpeg', orientation: 6 }));
  const image = await decodeImage(path);
  expect(() => checkSize({ ...record, path, width: 64, height: 48 }, image)).toThrow(
    'a.jpg is 48x64, but its annotations (image id 7) are for 64x48. The file carries an EXIF rotation that its annotations do not know',
  );
  expect(() => checkSize({ ...record, path, width: 48, height: 64 }, image)).not.toThrow();
  await rm(folder, { recursive: true });
});
