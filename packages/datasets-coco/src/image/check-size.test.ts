import type { ImageRecord } from '../types.ts';
import { checkSize } from './check-size.ts';

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
