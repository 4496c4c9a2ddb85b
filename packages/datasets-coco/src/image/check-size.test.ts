import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import type { Annotation, ImageRecord } from '../types.ts';
import { checkSize, sizeFault } from './check-size.ts';
import { decodeImage } from './decode.ts';
import { verifyImage } from './verify-image.ts';

const { at, write } = tempFolder({ beforeEach, afterEach });

const record: ImageRecord = { id: 7, path: '/a.jpg', fileName: 'a.jpg', width: 640, height: 480, annotations: [] };
const withBoxes = (...boxes: Annotation['bbox'][]) =>
  boxes.map((bbox, i): Annotation => ({ id: i + 1, bbox, category: 0, area: 1, crowd: false }));

test('passes where sizes agree or are not stated', () => {
  expect(() => checkSize(record, { width: 640, height: 480 })).not.toThrow();
  expect(() => checkSize({ id: 7, path: '/a.jpg', annotations: [] }, { width: 1, height: 1 })).not.toThrow();
});

test('names file and sizes where it is another version', () => {
  expect(() => checkSize(record, { width: 320, height: 240 })).toThrow(
    '/a.jpg is 320x240, but its annotations (image id 7) are for 640x480. The images folder holds another version of the file, or it was resized ' +
      'after annotation. Use the files that were annotated, or mend width, height and boxes in the annotations.',
  );
});

describe('exchanged width and height: the cause is told by EXIF and by the boxes', () => {
  // The file is seen as 480 x 640; 640 x 480 is stated.
  const seen = { width: 480, height: 640 };
  const stated = (box: Annotation['bbox']) => ({ ...record, annotations: withBoxes(box) });
  const low: Annotation['bbox'] = [100, 500, 50, 100];
  const wide: Annotation['bbox'] = [500, 100, 100, 50];
  const both: Annotation['bbox'] = [10, 10, 50, 50];

  test.each([
    [
      'boxes of the file, no EXIF',
      low,
      undefined,
      /no EXIF rotation.*width and height alone are exchanged/,
      /^exchange width and height/,
    ],
    [
      'boxes of the file, turned by EXIF',
      low,
      6,
      /orientation 6.*width and height alone are exchanged/,
      /^exchange width and height/,
    ],
    [
      'boxes as stored, turned by EXIF',
      wide,
      8,
      /EXIF rotation \(orientation 8\) that its annotations do not know/,
      /^save the files without/,
    ],
    [
      'boxes as stated, no EXIF',
      wide,
      undefined,
      /no EXIF rotation.*turned after annotation/,
      /^use the files that were annotated, or turn/,
    ],
    ['boxes as stated, turned by 180°', wide, 3, /no EXIF rotation.*turned after annotation/, /^use the files/],
    [
      'boxes that fit both, turned by EXIF',
      both,
      5,
      /orientation 5.*either the boxes are of the stored picture, or/,
      /^draw the boxes/,
    ],
    [
      'boxes that fit both, no EXIF',
      both,
      undefined,
      /no EXIF rotation.*either width and height are exchanged/,
      /^draw the boxes/,
    ],
  ] as const)('%s', (_, box, orientation, found, advice) => {
    const fault = sizeFault(stated(box), { ...seen, ...(orientation === undefined ? {} : { orientation }) });
    expect(fault?.found).toMatch(found);
    expect(fault?.advice).toMatch(advice);
    if (orientation === undefined) expect(fault?.found).not.toContain('carries');
  });

  test('boxes that a loader cut or left out tell it too', () => {
    const cut = { ...record, annotations: withBoxes([100, 400, 50, 80]), beyond: [low] };
    expect(sizeFault(cut, seen)?.kind).toBe('image files whose width and height are exchanged in the annotations');
  });

  test('boxes that fit neither are of another picture', () => {
    expect(sizeFault({ ...record, annotations: withBoxes(low, wide) }, seen)?.kind).toBe(
      'image files of another size than their annotations state',
    );
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])('orientation %d of a file', async (orientation) => {
  await write({ 'a.jpg': await plainImage(64, 48, { format: 'jpeg', orientation }) });
  const path = at('a.jpg');
  const turned = orientation >= 5;
  const size = turned ? { width: 48, height: 64 } : { width: 64, height: 48 };
  const expected = orientation === 1 ? size : { ...size, orientation };
  expect(await decodeImage(path)).toMatchObject(expected);
  expect(await verifyImage(path, 'header')).toMatchObject(expected);
  const stored = { ...record, path, width: 64, height: 48, annotations: withBoxes([50, 10, 10, 10]) };
  const image = await decodeImage(path);
  if (turned) expect(() => checkSize(stored, image)).toThrow('that its annotations do not know');
  else expect(() => checkSize(stored, image)).not.toThrow();
});
