import { writeFile } from 'node:fs/promises';
import { evaluateCoco } from '../metrics/evaluate-coco.ts';
import { sentencesOf } from '../problems.ts';
import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import type { Dataset } from '../types.ts';
import { loadCoco, readCoco, type LoadCocoOptions, type LoadedDataset } from './load-coco.ts';

/** What labeling tools export that is no fault, or one that should be told of. */

const tmp = tempFolder({ beforeEach, afterEach });

type Fields = Record<string, unknown>;
interface Json {
  readonly images?: Fields[];
  readonly annotations?: Fields[];
  readonly categories?: Fields[];
}
const IMAGE = { id: 1, file_name: 'a.png', width: 60, height: 40 };
const box = (id: number, fields: Fields = {}): Fields => ({
  id,
  image_id: 1,
  category_id: 1,
  bbox: [5, 5, 20, 10],
  area: 200,
  iscrowd: 0,
  ...fields,
});
async function write(json: Json): Promise<LoadCocoOptions> {
  await tmp.write({ 'a.png': await plainImage(60, 40) });
  const whole = { images: [IMAGE], annotations: [box(1)], categories: [{ id: 1, name: 'cat' }], ...json };
  await writeFile(tmp.at('a.json'), JSON.stringify(whole));
  return { annotations: tmp.at('a.json'), images: tmp.path };
}
const load = async (json: Json) => loadCoco(await write(json));
const noted = ({ notes }: LoadedDataset) => Object.fromEntries((notes?.byKind ?? []).map((k) => [k.kind, k.count]));
const boxesOf = ({ images }: Dataset) => images.flatMap((image) => image.annotations.map(({ bbox }) => bbox));

describe('a category that bears the name of another', () => {
  const categories = [
    { id: 0, name: 'cat', supercategory: 'none' },
    { id: 1, name: 'cat', supercategory: 'cat' },
  ];

  test('and has no box is left out, wherever it stands: the ids are those of the boxes', async () => {
    for (const list of [categories, [...categories].reverse()]) {
      const dataset = await load({ categories: list });
      expect(dataset).toMatchObject({ categories: [{ id: 1, name: 'cat' }], problems: { total: 0 } });
      expect(dataset.images[0]?.annotations[0]?.category).toBe(0);
      expect(noted(dataset)).toEqual({ 'categories without boxes that bear the name of another': 1 });
    }
    expect(await load({ categories, annotations: [box(1, { category_id: 0 })] })).toMatchObject({
      categories: [{ id: 0 }],
    });
  });

  test('keeps its later twin where neither has a box, so that the files of an export agree', async () => {
    expect(await load({ categories, annotations: [] })).toMatchObject({ categories: [{ id: 1 }] });
  });

  test('and has boxes as its twin does is a fault; they are one class in training, and apart in evaluation', async () => {
    const options = await write({
      categories,
      annotations: [box(1), box(2, { category_id: 0, bbox: [30, 5, 20, 10] })],
    });
    expect(await tmp.messageOf(readCoco(options))).toContain(
      "categories[1].name: 'cat' (id 1) is also the name of categories[0] (id 0), and boxes are of both",
    );
    const one = await loadCoco({ ...options, onFault: 'skip' });
    expect(one.categories).toEqual([{ id: 0, name: 'cat' }]);
    expect(boxesOf(one)).toHaveLength(2);
    const apart = await readCoco({ ...options, onFault: 'skip', sameName: 'apart', degenerate: 'keep' });
    expect(apart.categories.map(({ id }) => id)).toEqual([0, 1]);
    // each class by its id, as pycocotools: one right, the other's box not found
    const detections = [{ image_id: 1, category_id: 1, bbox: [5, 5, 20, 10] as const, score: 1 }];
    expect(evaluateCoco(apart, detections).perClass.map(({ AP }) => AP)).toEqual([0, expect.closeTo(1, 12)]);
  });
});

describe('sizes that are not known', () => {
  test.each([
    ['null', { width: null, height: null }],
    ['0', { width: 0, height: 0 }],
    ['-1', { width: -1, height: -1 }],
    ['absent', { width: undefined, height: undefined }],
    ['half of them', { width: 60, height: undefined }],
  ])('%s: they are the file’s, and boxes are checked against them', async (_, size) => {
    const options = await write({
      images: [{ ...IMAGE, ...size }],
      annotations: [box(1), box(2, { bbox: [50, 5, 20, 10] })],
    });
    const dataset = await loadCoco({ ...options, degenerate: 'drop' });
    expect(dataset.images[0]).toMatchObject({ width: 60, height: 40 });
    expect(boxesOf(dataset)[1]).toEqual([50, 5, 10, 10]);
    expect(dataset.problems.total).toBe(0);
  });
});

describe('images without a file name (LVIS)', () => {
  const image = { id: 1, width: 60, height: 40, coco_url: 'http://images.cocodataset.org/train2017/000000391895.jpg' };

  test('have that of the URL, with its folder where the images folder is not that one', async () => {
    await tmp.write(['train2017/000000391895.jpg']);
    const options = await write({ images: [image] });
    expect((await loadCoco(options)).images[0]?.path).toBe(tmp.at('train2017/000000391895.jpg'));
    const inside = await loadCoco({ ...options, images: tmp.at('train2017') });
    expect(inside.images[0]).toMatchObject({
      path: tmp.at('train2017/000000391895.jpg'),
      fileName: '000000391895.jpg',
    });
  });

  test('need none to be evaluated', async () => {
    expect((await readCoco(await write({ images: [{ id: 1, width: 60, height: 40 }] }))).images).toHaveLength(1);
    expect(await tmp.messageOf(load({ images: [{ id: 1, width: 60, height: 40 }] }))).toContain('images[0].file_name');
  });

  test('a URL that leads upwards gives none', async () => {
    const url = 'http://example.org/../b.jpg';
    expect(await tmp.messageOf(load({ images: [{ id: 1, coco_url: url }] }))).toContain('images[0].file_name');
  });
});

test('rotated boxes are counted: CVAT writes the box before it was turned', async () => {
  const dataset = await load({
    annotations: [
      box(1, { attributes: { rotation: 90 } }),
      box(2, { attributes: { occluded: false, rotation: '33.5' } }),
      box(3, { attributes: { rotation: 0 } }),
      box(4, { attributes: { rotation: 180 } }),
      box(5, { rotation: -12 }),
      box(6),
    ],
  });
  expect(boxesOf(dataset)).toHaveLength(6);
  expect(noted(dataset)).toEqual({ 'rotated boxes': 3 });
  expect(dataset.notes?.byKind[0]?.examples.map(({ at }) => at)).toEqual(
    [0, 1, 4].map((i) => `annotations[${i}].attributes.rotation`),
  );
  expect(sentencesOf(dataset.notes!)[0]).toMatch(
    /^3 × rotated boxes \(first: .*found 90 degrees\): only upright boxes/,
  );
});

test('a box of five numbers says what the fifth may be', async () => {
  const message = await tmp.messageOf(load({ annotations: [box(1, { bbox: [5, 5, 20, 10, 30] })] }));
  expect(message).toContain('annotations[0].bbox: found [5,5,20,10,30]');
  expect(message).toContain('the angle of a rotated box');
});

describe('boxes in another form', () => {
  const FORM = 'files whose boxes look like another form';
  const corners = [
    [1, 2, 20, 30],
    [30, 10, 58, 39],
    [20, 20, 50, 40],
  ];
  const boxes = (bboxes: number[][]) => ({ annotations: bboxes.map((bbox, i) => box(i + 1, { bbox })) });

  test('corners are suspected where all would be, and some boxes leave the image', async () => {
    const options = await write(boxes(corners));
    for (const degenerate of ['keep', 'drop'] as const) {
      expect(noted(await loadCoco({ ...options, degenerate }))).toMatchObject({ [FORM]: 1 });
    }
    expect(
      noted(await loadCoco({ ...(await write(boxes([...corners, [40, 5, 10, 9]]))), degenerate: 'keep' })),
    ).toEqual({});
  });

  test('parts of the image', async () => {
    expect(noted(await load(boxes([[0.1, 0.2, 0.3, 0.4]])))).toEqual({ [FORM]: 1 });
    expect(noted(await load(boxes([[1, 2, 3, 4]])))).toEqual({});
  });
});

test('iscrowd as a number, a truth value, or its text', async () => {
  const flags = [0, 1, false, true, '0', '1', null];
  const dataset = await load({ annotations: flags.map((iscrowd, i) => box(i + 1, { iscrowd, bbox: [i, 5, 20, 10] })) });
  expect(dataset.images[0]?.annotations.map(({ crowd }) => crowd)).toEqual([
    false,
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(await tmp.messageOf(load({ annotations: [box(1, { iscrowd: 2 })] }))).toContain(
    'annotations[0].iscrowd: found 2',
  );
});
