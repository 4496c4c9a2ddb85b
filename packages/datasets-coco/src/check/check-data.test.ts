import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Dataset, ImageRecord } from '../types.ts';
import { checkData } from './check-data.ts';
import type { CheckPart } from './types.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-check-'));
  for (const [i, name] of ['a', 'b', 'c'].entries()) {
    const background = { r: 40 * i, g: 90, b: 10 };
    const jpeg = sharp({ create: { width: 100, height: 50, channels: 3, background } }).jpeg();
    await jpeg.toFile(join(folder, `${name}.jpg`));
  }
  await copyFile(join(folder, 'a.jpg'), join(folder, 'copy.jpg'));
  const whole = await readFile(join(folder, 'c.jpg'));
  await writeFile(join(folder, 'cut.jpg'), whole.subarray(0, whole.length - 40));
});
afterAll(() => rm(folder, { recursive: true }));

const image = (id: number, name: string, bboxes: ImageRecord['annotations'][number]['bbox'][] = []): ImageRecord => ({
  id,
  path: join(folder, name),
  fileName: name,
  width: 100,
  height: 50,
  annotations: bboxes.map((bbox, i) => ({ id: 10 * id + i, bbox, category: 0, area: 1, crowd: false })),
});
const part = (role: NonNullable<CheckPart['role']>, images: ImageRecord[], names = ['cat', 'dog']): CheckPart => {
  const categories = names.map((name, i) => ({ id: i + 1, name }));
  const dataset: Dataset = { source: `${role}.json`, categories, images };
  return { name: role, role, annotated: role !== 'unlabeled', dataset };
};
const kinds = (summary: { byKind: readonly { kind: string; count: number }[] }) =>
  Object.fromEntries(summary.byKind.map(({ kind, count }) => [kind, count]));

test('counts what is there, and names copies, leaks, classes and images without boxes', async () => {
  const labeled = part('labeled', [
    image(1, 'a.jpg', [[1, 2, 3, 4]]),
    image(2, 'b.jpg', [
      [5, 5, 10, 10],
      [5, 5, 10, 10],
    ]),
    image(3, 'b.jpg'),
  ]);
  const validation = part('validation', [image(1, 'copy.jpg', [[1, 2, 3, 4]]), image(2, 'c.jpg')]);
  const report = await checkData([labeled, validation]);
  expect(report.parts[0]).toEqual({
    name: 'labeled',
    source: 'labeled.json',
    annotated: true,
    images: 3,
    annotations: 3,
    crowds: 0,
    difficult: 0,
    learnt: 3,
    imagesWithoutBoxes: 1,
    classes: { cat: 3, dog: 0 },
  });
  expect(report).toMatchObject({ read: 'whole', fatal: 0, problems: { total: 0 } });
  expect(kinds(report.warnings)).toEqual({
    'boxes that are there twice': 1,
    'images without boxes': 2,
    'classes without a box': 1,
    'images that are there twice': 1,
    'validation images that are trained on': 1,
    'classes that are not measured': 1,
  });
});

test('boxes that training makes too small', async () => {
  const labeled = part('labeled', [
    image(1, 'a.jpg', [
      [0, 0, 2, 30],
      [0, 0, 4, 30],
    ]),
  ]);
  const report = await checkData([labeled], { smallestScale: ({ height }) => 20 / height, minimumBoxSize: 1 });
  const tiny = report.warnings.byKind.find(({ kind }) => kind === 'boxes below 1 pixel in training');
  expect(tiny).toMatchObject({
    count: 1,
    examples: [{ at: 'annotation id 10', found: "2x30 pixels in 'a.jpg' (id 1) are 0.80x12.00 in training" }],
  });
});

test.each(['whole', 'header'] as const)('a file that is cut off, read by its %s', async (read) => {
  const labeled = part('labeled', [image(1, 'a.jpg', [[1, 2, 3, 4]]), image(2, 'cut.jpg', [[1, 2, 3, 4]])]);
  const { parts, problems, fatal } = await checkData([labeled], { read });
  expect(kinds(problems)).toEqual({ 'image files that cannot be read': 1 });
  expect(problems.byKind[0]!.examples[0]!.found).toMatch(/^it is cut off at \d+ bytes/);
  expect(problems.leftOut).toMatchObject({ images: 1, annotations: 1 });
  expect([parts[0]!.images, parts[0]!.annotations, fatal]).toEqual([1, 1, 0]);
});

test('unlabeled images that cannot be read stop nothing; nothing left does', async () => {
  const unlabeled = part('unlabeled', [image(1, 'a.jpg'), image(2, 'cut.jpg')], []);
  const labeled = part('labeled', [image(1, 'b.jpg')]);
  const { problems, warnings, fatal } = await checkData([labeled, unlabeled]);
  expect(kinds(problems)).toEqual({ 'parts with nothing to use': 1 });
  expect(fatal).toBe(1);
  expect(kinds(warnings)).toMatchObject({ 'image files that cannot be read': 1 });
});

describe('what passes is what can be trained on', () => {
  test('images that decode to black, whatever their depth', async () => {
    const values = Uint16Array.from({ length: 100 * 50 }, (_, i) => i % 4096);
    const raw = { width: 100, height: 50, channels: 1 } as const;
    await sharp(values, { raw }).toColourspace('grey16').tiff().toFile(join(folder, '12-bit.tif'));
    await sharp(
      values.map((value) => value * 16),
      { raw },
    )
      .toColourspace('grey16')
      .tiff()
      .toFile(join(folder, '16-bit.tif'));
    const labeled = part(
      'labeled',
      [image(1, '12-bit.tif', [[1, 2, 3, 4]]), image(2, '16-bit.tif', [[1, 2, 3, 4]])],
      ['cat'],
    );
    const { warnings, problems } = await checkData([labeled]);
    expect(problems.total).toBe(0);
    const black = warnings.byKind.find(({ kind }) => kind === 'images that decode to black');
    expect(black?.examples.map(({ file }) => file)).toEqual([join(folder, '12-bit.tif')]);
  });

  test.each(['whole', 'header'] as const)('five bands are refused, read by the %s', async (read) => {
    const bands = sharp(Buffer.alloc(100 * 50 * 3, 90), { raw: { width: 100, height: 50, channels: 3 } });
    const extra = { raw: { width: 100, height: 50, channels: 1 } } as const;
    await bands
      .joinChannel([Buffer.alloc(5000, 1), Buffer.alloc(5000, 2)], extra)
      .tiff({ compression: 'none' })
      .toFile(join(folder, 'five.tif'));
    const { problems } = await checkData(
      [part('labeled', [image(1, 'five.tif', [[1, 2, 3, 4]]), image(2, 'a.jpg', [[1, 2, 3, 4]])])],
      {
        read,
      },
    );
    expect(kinds(problems)).toEqual({ 'image files that cannot be read': 1 });
    expect(problems.byKind[0]!.examples[0]!.found).toMatch(/^it has 5 bands/);
  });
});

test.each([
  [2, true],
  [3, true],
  [4, true],
  [6, false],
  [1, false],
])(
  'EXIF orientation %d of an annotated image is warned of where its size does not show it: %p',
  async (orientation, warned) => {
    const background = { r: 9, g: 90, b: 10 };
    const stored = orientation >= 5 ? { width: 50, height: 100 } : { width: 100, height: 50 };
    const jpeg = sharp({ create: { ...stored, channels: 3, background } })
      .withMetadata({ orientation })
      .jpeg();
    await jpeg.toFile(join(folder, `exif-${orientation}.jpg`));
    const { warnings, problems } = await checkData([
      part('labeled', [image(1, `exif-${orientation}.jpg`, [[1, 2, 3, 4]])], ['cat']),
    ]);
    expect(problems.total).toBe(0);
    const found = warnings.byKind.find(({ kind }) => kind.startsWith('annotated images that EXIF'));
    expect(found?.examples.map((one) => one.found) ?? []).toEqual(
      warned ? [expect.stringMatching(new RegExp(`^EXIF orientation ${orientation} `))] : [],
    );
  },
);

test('files of the folders that no part uses are counted, those of another part are not', async () => {
  await writeFile(join(folder, 'scan.jp2'), 'x');
  const labeled = part('labeled', [image(1, 'a.jpg', [[1, 2, 3, 4]])], ['cat']);
  const validation = part('validation', [image(1, 'b.jpg', [[1, 2, 3, 4]])], ['cat']);
  const sources = [{ annotations: join(folder, 'none.json'), images: folder }];
  const files = ({ unused }: Awaited<ReturnType<typeof checkData>>) =>
    unused.byKind.flatMap(({ examples }) => examples.map(({ file }) => file.slice(folder.length + 1)));
  const alone = files(await checkData([{ ...labeled, sources }]));
  expect(alone).toEqual(expect.arrayContaining(['scan.jp2', 'b.jpg', 'c.jpg']));
  const both = files(
    await checkData([
      { ...labeled, sources },
      { ...validation, sources },
    ]),
  );
  expect(both).toEqual(alone.filter((name) => name !== 'b.jpg'));
  expect(files(await checkData([labeled]))).toEqual([]);
});
