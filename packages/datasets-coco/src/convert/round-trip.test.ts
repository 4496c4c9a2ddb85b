import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { loadCoco, type LoadedDataset } from '../coco/load-coco.ts';
import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import type { Annotation, Dataset } from '../types.ts';
import { loadVoc } from '../voc/load-voc.ts';
import { loadYolo } from '../yolo/load-yolo.ts';
import { writeCocoSet } from './write-coco-set.ts';
import { writeVoc } from './write-voc.ts';
import { writeYolo } from './write-yolo.ts';

const tmp = tempFolder({ beforeEach, afterEach });

type Box = Pick<Annotation, 'bbox' | 'category'> & Partial<Annotation>;

/** A data set with one image file a list of boxes; their size is the one given, whatever the files are. */
async function dataset(boxes: readonly (readonly Box[])[], size: { width: number; height: number }): Promise<Dataset> {
  let id = 1;
  const image = await plainImage(4, 4, { format: 'jpeg' });
  await tmp.write(Object.fromEntries(boxes.map((_, i) => [`in/${i + 1}.jpg`, image])));
  return {
    source: 'made up',
    categories: [
      { id: 7, name: 'cat & <dog>' },
      { id: 9, name: 'bird' },
    ],
    images: boxes.map((list, i) => ({
      id: i + 1,
      path: tmp.at(`in/${i + 1}.jpg`),
      fileName: `${i + 1}.jpg`,
      ...size,
      annotations: list.map((box) => ({ id: id++, area: box.bbox[2] * box.bbox[3], crowd: false, ...box })),
    })),
  };
}

/** Largest difference of any number of any box; objects, classes and flags must agree. */
function difference(a: Dataset, b: Dataset): number {
  const flat = ({ images, categories }: Dataset) =>
    images.map(({ fileName, annotations }) => ({
      name: basename(fileName).replace(/\.[a-z]+$/, ''),
      objects: annotations.map((o) => [
        categories[o.category]?.name,
        o.crowd,
        o.difficult ?? false,
        o.truncated ?? false,
      ]),
    }));
  expect(flat(b)).toEqual(flat(a));
  let most = 0;
  a.images.forEach(({ annotations }, i) =>
    annotations.forEach(({ bbox }, j) =>
      bbox.forEach((value, k) => {
        most = Math.max(most, Math.abs(value - b.images[i]!.annotations[j]!.bbox[k]!));
      }),
    ),
  );
  return most;
}

/** A box inside of an image, with a side of at least `least` pixels. */
const boxIn = (width: number, height: number, least: number) =>
  fc
    .tuple(...[0, 1, 2, 3].map(() => fc.double({ min: 0, max: 1, noNaN: true })))
    .map(([a, b, c, d]): Annotation['bbox'] => {
      const [x, y] = [a! * (width - least), b! * (height - least)];
      return [x, y, least + c! * (width - least - x), least + d! * (height - least - y)];
    });
const objects = (width: number, height: number) =>
  fc.array(
    fc.record({
      bbox: boxIn(width, height, 0.02),
      category: fc.nat(1),
      difficult: fc.boolean(),
      truncated: fc.boolean(),
    }),
    { maxLength: 4 },
  );
/** Without two alike, which are one in YOLO. */
const distinct = (width: number, height: number) =>
  objects(width, height).filter((list) => {
    const keys = list.map(({ bbox, category }) => `${category} ${bbox.map((v) => v.toFixed(2)).join(' ')}`);
    return new Set(keys).size === list.length;
  });
const sets = fc
  .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
  .chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      boxes: fc.array(objects(width, height), { minLength: 1, maxLength: 3 }),
    }),
  );
const RUNS = { numRuns: 40, seed: 20 };
let run = 0;

test('through VOC: boxes to a billionth of a pixel, flags and classes as they were', async () => {
  await fc.assert(
    fc.asyncProperty(sets, async ({ boxes, ...size }) => {
      const data = await dataset(boxes, size);
      const folder = tmp.at(`voc${run++}`);
      await writeVoc(data, folder, { set: 'trainval' });
      const names = data.categories.map(({ name }) => name);
      const back = await loadVoc({ voc: folder, sets: 'trainval', classes: names });
      expect(difference(data, back)).toBeLessThanOrEqual(1.5e-9 + 65_535 * 2 ** -51);
      expect(back.images.map(({ id, width, height }) => ({ id, width, height }))).toEqual(
        data.images.map(({ id, width, height }) => ({ id, width, height })),
      );
    }),
    RUNS,
  );
});

test('through COCO: the same data set, ids and all', async () => {
  await fc.assert(
    fc.asyncProperty(sets, async ({ boxes, ...size }) => {
      const data = await dataset(boxes, size);
      const folder = tmp.at(`coco${run++}`);
      const { file } = await writeCocoSet(data, folder);
      const back = await loadCoco({ annotations: file, images: join(folder, 'images') });
      expect(difference(data, back)).toBe(0);
      expect([back.categories, back.images.map(({ id }) => id)]).toEqual([
        data.categories,
        data.images.map(({ id }) => id),
      ]);
    }),
    RUNS,
  );
});

test('through YOLO: corners within a thousandth of a pixel, up to 65,535 px', async () => {
  // YOLO's sizes come from the images: one for each size here.
  const sizes: [number, number][] = [
    [1, 1],
    [640, 480],
    [3, 16_000],
    [16_383, 2],
  ];
  for (const [width, height] of sizes) {
    const image = await plainImage(width, height, { format: 'jpeg' });
    await fc.assert(
      fc.asyncProperty(fc.array(distinct(width, height), { minLength: 1, maxLength: 2 }), async (boxes) => {
        const plain = boxes.map((list) => list.map(({ bbox, category }) => ({ bbox, category })));
        const data = await dataset(plain, { width, height });
        await tmp.write(Object.fromEntries(data.images.map(({ fileName }) => [`in/${fileName}`, image])));
        const folder = tmp.at(`yolo${run++}`);
        await writeYolo(data, folder);
        const back = await loadYolo({ yolo: join(folder, 'data.yaml') });
        expect(difference(data, back)).toBeLessThan(1e-3);
      }),
      { numRuns: 10, seed: 20 },
    );
  }
  // The bound that the eight digits give, at JPEG's largest side.
  expect(0.75e-8 * 65_535).toBeLessThan(1e-3);
});

test('what YOLO cannot hold is counted: crowds, difficult ones, what is outside', async () => {
  const box = (bbox: Annotation['bbox'], more: Partial<Annotation> = {}): Box => ({ bbox, category: 0, ...more });
  const data = await dataset(
    [
      [
        box([0, 0, 10, 10]),
        box([1, 1, 5, 5], { crowd: true }),
        box([1, 1, 5, 5], { difficult: true }),
        box([-0.5, 10, 101, 5]),
        box([100.2, 0, 0.5, 3]),
      ],
    ],
    { width: 100, height: 50 },
  );
  await tmp.write({ 'in/1.jpg': await plainImage(100, 50, { format: 'jpeg' }) });
  const written = await writeYolo(data, tmp.at('out'));
  expect(written).toMatchObject({ images: 1, annotations: 2 });
  expect(written.remarks).toEqual([
    '1 crowds are left out: YOLO has no crowds.',
    '1 difficult objects are left out: YOLO has no such flag.',
    '1 boxes of no size, or outside of their image, are left out.',
    '1 boxes that reach out of their image are cut to it.',
    'Ultralytics wants train and val: val is still to be written.',
  ]);
  expect(await readFile(tmp.at('out/labels/train/1.txt'), 'utf8')).toBe('0 0.05 0.1 0.1 0.2\n0 0.5 0.25 1 0.1\n');
  expect(await readFile(tmp.at('out/data.yaml'), 'utf8')).toBe(
    'train: images/train\nnames:\n  0: cat & <dog>\n  1: bird\n',
  );
});

test('VOC’s crowds are difficult; the XML is VOC’s own', async () => {
  const data = await dataset([[{ bbox: [10, 20, 30.5, 40], category: 0, crowd: true, truncated: true }]], {
    width: 100,
    height: 80,
  });
  const { remarks } = await writeVoc(data, tmp.at('VOC2007'));
  expect(remarks).toEqual(['1 crowds are written as difficult objects: VOC has no crowds.']);
  expect(await readFile(tmp.at('VOC2007/Annotations/1.xml'), 'utf8')).toBe(`<annotation>
	<folder>VOC2007</folder>
	<filename>1.jpg</filename>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>100</width>
		<height>80</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>cat &amp; &lt;dog&gt;</name>
		<pose>Unspecified</pose>
		<truncated>1</truncated>
		<difficult>1</difficult>
		<bndbox>
			<xmin>11</xmin>
			<ymin>21</ymin>
			<xmax>40.5</xmax>
			<ymax>60</ymax>
		</bndbox>
	</object>
</annotation>
`);
});

describe('image files', () => {
  const two = () => dataset([[], []], { width: 10, height: 10 });

  test('copied, linked, or listed', async () => {
    const data = await two();
    await writeCocoSet(data, tmp.at('a'));
    expect((await lstat(tmp.at('a/images/1.jpg'))).isFile()).toBe(true);
    await writeCocoSet(data, tmp.at('b'), { imageFiles: 'link' });
    expect(await readlink(tmp.at('b/images/1.jpg'))).toBe(tmp.at('in/1.jpg'));
    const { remarks } = await writeCocoSet(data, tmp.at('c'), { imageFiles: 'none' });
    expect(existsSync(tmp.at('c/images/1.jpg'))).toBe(false);
    expect(remarks[0]).toContain('images-train.tsv has, for each, where it belongs and where it is.');
    expect(await readFile(tmp.at('c/images-train.tsv'), 'utf8')).toBe(
      [1, 2].map((i) => `${tmp.at(`c/images/${i}.jpg`)}\t${tmp.at(`in/${i}.jpg`)}\n`).join(''),
    );
  });

  test.each(['copy', 'none'] as const)(
    'two images of one name, in one set or in two, stay two (%s)',
    async (imageFiles) => {
      const data = await two();
      await tmp.write({ 'in/a/1.jpg': await plainImage(4, 4, { format: 'jpeg' }) });
      const [first, second] = data.images as [Dataset['images'][number], Dataset['images'][number]];
      const both: Dataset = {
        ...data,
        images: [
          { ...first, fileName: 'a/1.jpg', path: tmp.at('in/a/1.jpg') },
          { ...second, fileName: 'b\n/1.JPE', path: tmp.at('in/1.jpg') },
        ],
      };
      for (const write of [writeCocoSet, writeVoc]) {
        const folder = tmp.at(write.name);
        await write(both, folder, { imageFiles });
        await write(data, folder, { set: 'val', imageFiles });
      }
      const listed = async (set: string) =>
        (await readFile(tmp.at(`writeVoc/ImageSets/Main/${set}.txt`), 'utf8')).trim().split('\n');
      expect(await listed('train')).toEqual(['a_1', 'b__1']);
      expect(await listed('val')).toEqual(['1', '2']);
      const json = JSON.parse(await readFile(tmp.at('writeCocoSet/annotations/instances_train.json'), 'utf8')) as {
        images: { file_name: string }[];
      };
      expect(json.images.map((image) => image.file_name)).toEqual(['a_1.jpg', 'b__1.jpg']);
      // the names of the first set are taken
      await writeVoc(data, tmp.at('writeVoc'), { set: 'test', imageFiles });
      expect(await listed('test')).toEqual(['1_2', '2_2']);
    },
  );

  test('nothing is written over', async () => {
    const data = await two();
    await writeVoc(data, tmp.at('out'));
    expect(await tmp.messageOf(writeVoc(data, tmp.at('out')))).toBe(
      "<tmp>/out/ImageSets/Main/train.txt exists: the set 'train' is there already. Take another folder or another set.",
    );
    await writeYolo(data, tmp.at('y'));
    expect(await tmp.messageOf(writeYolo(data, tmp.at('y')))).toContain("the set 'train' is there already");
    const other = { ...data, categories: [{ id: 1, name: 'fish' }] };
    expect(await tmp.messageOf(writeYolo(other, tmp.at('y'), { set: 'val' }))).toContain(
      "data.yaml has other classes ('cat & <dog>', 'bird') than the set 'val' ('fish')",
    );
    await writeYolo(data, tmp.at('y'), { set: 'val' });
    expect(await readFile(tmp.at('y/data.yaml'), 'utf8')).toContain('train: images/train\nval: images/val\nnames:');
    expect(await tmp.messageOf(writeYolo(data, tmp.at('y'), { set: 'dev' }))).toContain('none that YOLO has');
    expect(await tmp.messageOf(writeVoc(data, tmp.at('out'), { set: '../x' }))).toContain(
      'cannot be the name of a file',
    );
    await mkdir(tmp.at('w/JPEGImages'), { recursive: true });
    await tmp.write(['w/JPEGImages/1.jpg']);
    await expect(writeVoc(data, tmp.at('w'))).rejects.toThrow('EEXIST');
  });
});

const bccd = fileURLToPath(new URL('../../../../../shared/data/bccd/', import.meta.url));
(existsSync(bccd) ? describe : describe.skip)('BCCD’s val set (SKIPPED where ../shared/data is absent)', () => {
  let coco: LoadedDataset;
  beforeAll(async () => {
    coco = await loadCoco({ annotations: `${bccd}annotations/instances_val.json`, images: `${bccd}voc/JPEGImages` });
  });
  const byName = (data: Dataset): Dataset => ({
    ...data,
    images: [...data.images].sort((a, b) => (basename(a.fileName) < basename(b.fileName) ? -1 : 1)),
  });

  test('COCO → VOC → COCO: the same numbers', async () => {
    await writeVoc(coco, tmp.at('voc'), { set: 'val', imageFiles: 'link' });
    const voc = await loadVoc({ voc: tmp.at('voc'), sets: 'val', classes: coco.categories.map(({ name }) => name) });
    const { file } = await writeCocoSet(voc, tmp.at('coco'), { imageFiles: 'link' });
    const back = await loadCoco({ annotations: file, images: tmp.at('coco/images') });
    expect(difference(byName(coco), byName(back))).toBe(0);
    expect(back.images.reduce((n, { annotations }) => n + annotations.length, 0)).toBe(1137);
    expect(back.categories).toEqual(coco.categories);
  });

  test('COCO → YOLO → COCO: within a thousandth of a pixel', async () => {
    await writeYolo(coco, tmp.at('yolo'), { set: 'val', imageFiles: 'link' });
    const yolo = await loadYolo({ yolo: tmp.at('yolo/data.yaml'), set: 'val' });
    const { file } = await writeCocoSet(yolo, tmp.at('coco'), { imageFiles: 'link' });
    const back = await loadCoco({ annotations: file, images: tmp.at('coco/images') });
    const most = difference(byName(coco), byName(back));
    expect(most).toBeLessThan(1e-5);
    expect(most).toBeGreaterThan(0);
  });
});
