import type { Dataset, ImageRecord } from '@sed/datasets-coco';
import { withIdsOf } from './image-ids.ts';

const record = (id: number, fileName: string, path = `/data/${fileName}`): ImageRecord => ({
  id,
  path,
  fileName,
  annotations: [],
});
const dataset = (...names: string[]): Dataset => ({
  source: 'val.json',
  categories: [],
  images: names.map((n, i) => record(100 + i, n)),
});
const files = (...paths: string[]) => paths.map((path, i) => record(i + 1, path.split('/').pop()!, path));
const ids = (known: Dataset, ...paths: string[]) => withIdsOf(known, files(...paths)).images.map(({ id }) => id);

test('the longest end of the path counts: a name in a folder goes before the bare one', () => {
  const known = dataset('a.jpg', 'cam2/a.jpg');
  expect(ids(known, '/v/cam2/a.jpg')).toEqual([101]);
  expect(ids(known, '/v/a.jpg', '/v/cam2/a.jpg')).toEqual([100, 101]);
  expect(ids(known, '/v/cam2/a.jpg', '/v/a.jpg')).toEqual([101, 100]);
  expect(ids(dataset('b/x.jpg', 'a/b/x.jpg', 'x.jpg'), '/p/b/x.jpg', '/q/a/b/x.jpg')).toEqual([100, 101]);
});

test('file names that are relative to one folder are, whatever else their ends would fit', () => {
  // by the longest end alone both would be v/a.jpg
  expect(ids(dataset('a.jpg', 'v/a.jpg'), '/x/v/a.jpg', '/x/v/v/a.jpg')).toEqual([100, 101]);
});

test('slashes, backslashes, ./, absolute names and the ways to write a letter', () => {
  expect(ids(dataset('./val/a.jpg', 'val\\b.jpg'), '/p/val/a.jpg', '/p/val/b.jpg')).toEqual([100, 101]);
  expect(ids(dataset('C:\\data\\val\\a.jpg', '/home/me/val/b.jpg'), '/p/val/a.jpg', '/p/val/b.jpg')).toEqual([
    100, 101,
  ]);
  expect(ids(dataset('Gro\u0308ße.jpg', '\u00e9.jpg'), '/p/Gr\u00f6ße.jpg', '/p/e\u0301.jpg')).toEqual([100, 101]);
  expect(withIdsOf(dataset('./val/a.jpg'), files('/p/val/a.jpg')).remarks).toEqual([]);
});

test('names that differ in case are taken and said, where no other name fits', () => {
  const { images, remarks } = withIdsOf(dataset('A.JPG', 'b.jpg'), files('/p/a.jpg', '/p/b.jpg'));
  expect(images.map(({ id }) => id)).toEqual([100, 101]);
  expect(remarks).toEqual([
    '1 of 2 images have names that differ in case from those of val.json: /p/a.jpg for "A.JPG".',
  ]);
  expect(ids(dataset('A.jpg'), '/p/A.jpg', '/p/a.jpg')).toEqual([100]);
});

test('a folder that differs is said', () => {
  const { images, remarks } = withIdsOf(dataset('train/a.jpg'), files('/p/val/a.jpg'));
  expect(images.map(({ id }) => id)).toEqual([100]);
  expect(remarks[0]).toMatch(
    /1 of 1 images are found by the end of their path alone.*\/p\/val\/a\.jpg for "train\/a\.jpg"/,
  );
});

test('one path for two names, and one name for two paths, are refused with both named', () => {
  expect(() => ids(dataset('a/x.jpg', 'b/x.jpg'), '/p/x.jpg')).toThrow(
    /\/p\/x\.jpg may be any of 2 images of val\.json: 100 "a\/x\.jpg", 101 "b\/x\.jpg"/,
  );
  expect(() => ids(dataset('x.jpg'), '/p/x.jpg', '/q/x.jpg')).toThrow(
    /Both \/p\/x\.jpg and \/q\/x\.jpg would be image 100, "x\.jpg", of val\.json/,
  );
  // the same letters, written in two ways
  expect(() => ids(dataset('\u00e9.jpg', 'e\u0301.jpg'), '/p/\u00e9.jpg')).toThrow(/may be any of 2 images/);
});

test('a better fit takes the name; what is left is told, as are images that nobody gave', () => {
  const { images, remarks } = withIdsOf(dataset('cam2/a.jpg', 'z.jpg'), files('/v/a.jpg', '/v/cam2/a.jpg'));
  expect(images.map(({ id, path }) => [id, path])).toEqual([[100, '/v/cam2/a.jpg']]);
  expect(remarks).toEqual([
    '1 of 2 images are not in val.json and are left out: /v/a.jpg.',
    expect.stringMatching(
      /^1 of the 2 images of val\.json are not among those given: z\.jpg\. An evaluation .* missed\.$/,
    ) as string,
  ]);
});

test('a pair of files that have nothing in common is refused', () => {
  expect(() => ids(dataset('a.jpg', 'c.jpg'), '/data/b.jpg')).toThrow(
    /None of the 1 images is in val\.json: \/data\/b\.jpg\. Its file names are like "a\.jpg", "c\.jpg"/,
  );
});
