import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cocoStandardPositions, labeledCount, type DrawnVariant } from './coco-standard.ts';
import { hashIds } from './ids-hash.ts';
import { numpyChoice } from './mt19937.ts';
import { planAny } from './plan-any.ts';
import { planCocoStandard } from './plan-coco-standard.ts';
import { planCoco35k, planCocoFull } from './plan-fixed.ts';
import { writeSplit } from './split-plan.ts';
import type { SplitIds } from './split-record.ts';
import { verifySplit } from './verify-split.ts';

interface Golden {
  folds: { variant: DrawnVariant; percent: number; fold: number; images: number; first: number[]; sha256: string }[];
  draws: { count: number; size: number; seed: number; drawn: number[] }[];
  sizes: [percent: number, count: number, size: number][];
}
const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/split-protocols.json', import.meta.url)), 'utf8'),
) as Golden;

/** The made-up train2017 of tools/golden/split_protocols.py. */
const IMAGES = 118_287;
const ids = Array.from({ length: IMAGES }, (_, i) => ((i * 7919 + 12345) % 600011) + 1);

describe('COCO-standard equals NumPy, image for image, on 118,287 images', () => {
  test.each(golden.folds.map((row) => [row.variant, row.percent, row.fold, row] as const))(
    '%s, %d %%, fold %d',
    (variant, percent, fold, row) => {
      const positions = cocoStandardPositions({ count: IMAGES, percent, fold, variant });
      const labeled = positions.map((i) => ids[i] as number).sort((a, b) => a - b);
      expect(labeled).toHaveLength(row.images);
      expect(labeled.slice(0, 4)).toEqual(row.first);
      expect(hashIds(labeled)).toBe(row.sha256);
    },
  );

  test('the golden file has every fold of both draws', () => {
    expect(golden.folds.map(({ variant, percent, fold }) => `${variant} ${fold}@${percent}`).sort()).toEqual(
      ['exact', 'stac']
        .flatMap((v) => [1, 10, 2, 5].flatMap((p) => [1, 2, 3, 4, 5].map((f) => `${v} ${f}@${p}`)))
        .sort(),
    );
    expect(golden.folds.filter((r) => r.variant === 'exact' && r.fold === 1).map((r) => r.images)).toEqual([
      1182, 2365, 5914, 11828,
    ]);
    // With replacement: the numbers of images that mmdetection's script is known for.
    expect(golden.folds.filter((r) => r.variant === 'stac' && r.fold === 1).map((r) => r.images)).toEqual([
      1174, 2329, 5764, 11285,
    ]);
  });

  test('mmdetection makes the call of STAC; Soft Teacher without offset is the exact draw, with one another fold of it', () => {
    const at = { count: 5000, percent: 10, fold: 3 };
    const draw = (variant: DrawnVariant, more = {}) => cocoStandardPositions({ ...at, variant, ...more });
    expect(draw('mmdetection')).toEqual(draw('stac'));
    expect(draw('soft-teacher', { offset: 0 })).toEqual(draw('exact'));
    expect(draw('soft-teacher', { offset: 4 })).toEqual(draw('exact', { fold: 7 }));
    expect(() => draw('soft-teacher')).toThrow('soft-teacher needs its offset');
    expect(() => draw('stac', { offset: 4 })).toThrow('offset belongs to soft-teacher; stac has none.');
  });

  test.each(golden.draws)('numpy.random.choice with replacement: %p', ({ count, size, seed, drawn }) => {
    expect(numpyChoice({ count, size, seed, replace: true }).slice(0, 40)).toEqual(drawn);
  });

  test.each(golden.sizes)("%d %% of %d images is Python's int(): %d", (percent, count, size) => {
    expect(labeledCount(count, percent)).toBe(size);
  });

  test('refuses what labels nothing', () => {
    expect(() => labeledCount(50, 1)).toThrow('1 % of 50 images is less than one image: take at least 2.00 %.');
    expect(() => labeledCount(50, 0)).toThrow('percent is 0');
    expect(() => numpyChoice({ count: 2, size: 3, seed: 1, replace: false })).toThrow('3 of 2 cannot be drawn');
  });
});

test('hashIds is SHA-256 of the rising ids with commas', () => {
  const expected = createHash('sha256').update('2,9,10').digest('hex');
  expect(hashIds([10, 2, 9])).toBe(expected);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-split-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Coco {
  info: Record<string, unknown>;
  licenses: unknown;
  größe: unknown;
  images: { id: number }[];
  annotations: Record<string, unknown>[];
  categories: { id: number; name: string }[];
}

/**
 * n images in unsorted order with odd records: escapes, floats that JSON.stringify would write otherwise, unknown keys.
 */
function made(n: number, first = 0): string {
  const images = Array.from({ length: n }, (_, i) => {
    const id = ((i * 37) % 997) + 1 + first;
    return `{"license": 3, "file_name": "a \\"b\\\\${id}.jpg", "id": ${id}, "width": 10, "height":10, "note": {"deep": ["}", 1.50]}}`;
  });
  const annotations = Array.from({ length: n }, (_, i) => {
    const id = ((i * 37) % 997) + 1 + first;
    const boxes = i % 3 === 0 ? [] : i % 3 === 1 ? [0] : [1];
    return boxes.map(
      (crowd) =>
        `{"segmentation": [[1.0, 2.50, 3e0, "]"]], "area": 4.0, "iscrowd": ${crowd}, "image_id": ${id}, "bbox": [0, 0, 2, 2.0], "category_id": ${(i % 4) + 1}, "id": ${i + 1}}`,
    );
  }).flat();
  return `{"info": {"year": 2017, "description": "größe"}, "licenses": [{"id": 3, "name": "x"}], "größe": [1E2],\n "images": [${images.join(', ')}],\n "annotations": [${annotations.join(',')}], "categories": [${[1, 2, 3, 4].map((id) => `{"id": ${id}, "name": "c${id}"}`).join(',')}]}`;
}

async function source(n = 100, name = 'train.json', first = 0): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, made(n, first));
  return file;
}

const read = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T;

describe('writeSplit', () => {
  test('writes both parts, of the source’s own records, byte for byte, and the ids', async () => {
    const annotations = await source();
    const all = await read<Coco>(annotations);
    const plan = await planCocoStandard({ annotations, percent: 10, fold: 2 });
    const files = await writeSplit(plan, join(folder, 'out'));
    expect(files.map((file) => file.slice(folder.length + 5))).toEqual([
      'instances_train2017.2@10.json',
      'instances_train2017.2@10-unlabeled.json',
      'instances_train2017.2@10-ids.json',
    ]);
    const [labeled, unlabeled] = [await read<Coco>(files[0]!), await read<Coco>(files[1]!)];
    const idFile = await read<SplitIds>(files[2]!);
    const wanted = new Set(
      numpyChoice({ count: 100, size: 10, seed: 2, replace: false }).map((i) => all.images[i]!.id),
    );
    expect(labeled.images).toEqual(all.images.filter(({ id }) => wanted.has(id)));
    expect(unlabeled.images).toEqual(all.images.filter(({ id }) => !wanted.has(id)));
    for (const [part, has] of [
      [labeled, true],
      [unlabeled, false],
    ] as const) {
      expect(part.annotations).toEqual(all.annotations.filter((a) => wanted.has(a['image_id'] as number) === has));
      expect(part.licenses).toEqual(all.licenses);
      expect(part.größe).toEqual([100]);
      expect(part.categories).toEqual(all.categories);
      expect(part.info).toMatchObject(all.info);
    }
    const text = await readFile(files[0]!, 'utf8');
    for (const record of ['"note": {"deep": ["}", 1.50]}}', '[[1.0, 2.50, 3e0, "]"]]']) expect(text).toContain(record);
    expect(idFile).toMatchObject({
      protocol: 'coco-standard',
      variant: 'exact',
      percent: 10,
      fold: 2,
      seed: 2,
      source: { file: 'train.json', images: 100 },
      labeled: { file: 'instances_train2017.2@10.json', images: 10, sha256: hashIds(wanted) },
      unlabeled: { images: 90 },
    });
    expect(idFile.labeledIds).toEqual([...wanted].sort((a, b) => a - b));
    expect(labeled.info['sed_split']).toMatchObject({ ...plan.record, part: 'labeled' });
    for (const file of files) {
      expect(await verifySplit({ file, source: annotations })).toMatchObject({ ok: true });
    }
  });

  test('verifySplit finds an image that was taken out, another source, and files without a record', async () => {
    const annotations = await source();
    const [labeled, , list] = await writeSplit(
      await planAny({ annotations, percent: 10, seed: 1 }),
      join(folder, 'out'),
    );
    const json = await read<Coco>(labeled!);
    await writeFile(labeled!, JSON.stringify({ ...json, images: json.images.slice(1) }));
    expect(await verifySplit({ file: labeled! })).toMatchObject({ ok: false, images: 9, set: 'labeled' });
    const other = await source(101, 'other.json');
    expect(await verifySplit({ file: list! })).toMatchObject({ ok: true });
    expect(await verifySplit({ file: list!, source: other })).toMatchObject({ ok: false });
    await expect(verifySplit({ file: annotations })).rejects.toThrow('carries no split record');
    await expect(verifySplit({ file: join(folder, 'no.json') })).rejects.toThrow('does not exist');
  });

  test('does not write over its source', async () => {
    const annotations = await source(100, 'instances_train2017.1@10.json');
    const plan = await planCocoStandard({ annotations, percent: 10, fold: 1 });
    await expect(writeSplit(plan, folder)).rejects.toThrow('is the source: write the split into another folder');
  });
});

describe('Unbiased Teacher’s list', () => {
  test('takes positions in the list of images with boxes, by id; the others are in neither part', async () => {
    const annotations = await source();
    const all = await read<Coco>(annotations);
    const withBoxes = all.annotations.filter((a) => a['iscrowd'] === 0).map((a) => a['image_id'] as number);
    const list = [...new Set(withBoxes)].sort((a, b) => a - b);
    expect(list).toHaveLength(33);
    const supervision = join(folder, 'COCO_supervision.txt');
    await writeFile(supervision, JSON.stringify({ '10.0': { 0: [1, 2, 3], 1: [30, 0, 7] } }));
    const plan = await planCocoStandard({
      annotations,
      percent: 10,
      fold: 1,
      variant: 'unbiased-teacher',
      supervision,
    });
    expect(plan.labeledIds).toEqual([0, 7, 30].map((p) => list[p]));
    expect(plan.record).toMatchObject({ labeled: { images: 3 }, unlabeled: { images: 30 }, source: { images: 100 } });
    expect(plan.record.seed).toBeUndefined();
    const files = await writeSplit(plan, join(folder, 'out'));
    expect(await verifySplit({ file: files[0]!, source: annotations, supervision })).toMatchObject({ ok: true });
  });

  test.each([
    [
      { '10.0': { 1: [1, 2] } },
      'its list for 10 %, run 1 has 2 positions (2 different, the largest 2), but 10 % of the 33',
    ],
    [{ '10.0': { 1: [1, 2, 33] } }, 'the largest 33'],
    [{ '10.0': { 1: [1, 1, 2] } }, '(2 different'],
    [{ '10.0': { 1: [1, 2, -1] } }, '["10.0"]["1"][2] is -1, not a position.'],
    [{ '10.0': { 2: [1, 2, 3] } }, 'has no run 1 for 10 %; it has 2.'],
    [{ '1.0': {} }, 'has no list for 10 %; it has 1.0 %.'],
    [[], 'is not of the form'],
  ])('a file that does not fit: %j', async (content, message) => {
    const annotations = await source();
    const supervision = join(folder, 's.txt');
    await writeFile(supervision, JSON.stringify(content));
    const plan = planCocoStandard({ annotations, percent: 10, fold: 1, variant: 'unbiased-teacher', supervision });
    await expect(plan).rejects.toThrow(message);
  });

  test('without the list, says what is missing', async () => {
    const plan = planCocoStandard({ annotations: 'x.json', percent: 10, fold: 1, variant: 'unbiased-teacher' });
    await expect(plan).rejects.toThrow(
      'bring dataseed/COCO_supervision.txt of the repository facebookresearch/unbiased-teacher',
    );
  });
});

describe('COCO-full and COCO-35k', () => {
  test('COCO-full: unlabeled2017 gets categories and an empty list of annotations', async () => {
    const annotations = await source();
    const unlabeled = join(folder, 'image_info_unlabeled2017.json');
    await writeFile(unlabeled, '{"images": [{"id": 5000, "file_name": "x.jpg"}, {"id": 4999}]}');
    const plan = await planCocoFull({ annotations, unlabeled });
    const [file] = await writeSplit(plan, join(folder, 'out'));
    const written = await read<Coco>(file!);
    expect(file).toMatch(/instances_unlabeled2017\.json$/);
    expect(written.images).toEqual([{ id: 5000, file_name: 'x.jpg' }, { id: 4999 }]);
    expect(written.annotations).toEqual([]);
    expect(written.categories).toHaveLength(4);
    expect(plan.record).toMatchObject({ labeled: { file: 'train.json', images: 100 }, unlabeled: { images: 2 } });
    expect(await verifySplit({ file: file! })).toMatchObject({ ok: true, set: 'unlabeled' });
    await expect(planCocoFull({ annotations, unlabeled: annotations })).rejects.toThrow('100 image ids are in');
  });

  test('COCO-35k: val2014 without minival, whose ids may come with other file names', async () => {
    const val2014 = await source(100, 'instances_val2014.json');
    const train2014 = await source(20, 'instances_train2014.json', 2000);
    const all = await read<Coco>(val2014);
    const minival = join(folder, 'instances_val2017.json');
    const mini = all.images.slice(10, 15).map(({ id }) => id);
    await writeFile(minival, JSON.stringify({ images: mini.map((id) => ({ id, file_name: 'other.jpg' })) }));
    const plan = await planCoco35k({ val2014, train2014, minival });
    const files = await writeSplit(plan, join(folder, 'out'));
    const [labeled, validation] = [await read<Coco>(files[0]!), await read<Coco>(files[1]!)];
    expect(validation.images).toEqual(all.images.slice(10, 15));
    expect(labeled.images).toHaveLength(95);
    expect(labeled.annotations.length + validation.annotations.length).toBe(all.annotations.length);
    expect(plan.record).toMatchObject({ unlabeled: { file: 'instances_train2014.json', images: 20 } });
    expect(await verifySplit({ file: files[1]! })).toMatchObject({ ok: true, set: 'validation' });
    await writeFile(minival, JSON.stringify({ images: [{ id: 7777 }] }));
    await expect(planCoco35k({ val2014, train2014, minival })).rejects.toThrow('1 of the 1 images of');
  });
});

describe('readRawCoco refuses', () => {
  test.each([
    ['{"images": [{"id": 1}, {"id": 1}]}', 'images[1].id: 1 is also the id of images[0]'],
    ['{"images": [{"id": "1"}]}', 'images[0].id is "1", not a whole number'],
    ['{"images": [{"id": 9007199254740993}]}', 'images[0].id is 9007199254740993, beyond 9007199254740991'],
    ['{"images": [{"id": 1.5}]}', 'images[0].id is 1.5, not a whole number'],
    ['{"images": [{"width": 3}]}', 'images[0].id is missing'],
    ['{"images": [3]}', 'images[0] is not an object'],
    ['{"images": {}}', "'images' is not a list"],
    ['{"images": []}', 'has no images'],
    ['{"images": [{"id": 1}], "annotations": [{"id": 3}]}', 'annotations[0].image_id is missing'],
    ['{"images": [{"id": 1}], "images": []}', "has the key 'images' twice"],
    ['[]', 'is no COCO annotations file'],
    ['{"images": [{"id": 1}', 'is cut off'],
    ['{"images": [{"id": 1, "w": NaN}]}', "NaN is Python's spelling"],
    ['{"images": [{"id": 1, "w": [1, Infinity]}]}', 'is not JSON'],
    ['{"images": [{"id": 1, "w": -Infinity}]}', "-Infinity is Python's spelling"],
    ['', 'is empty'],
  ])('%s', async (text, message) => {
    const annotations = join(folder, 'bad.json');
    await writeFile(annotations, text);
    await expect(planAny({ annotations, percent: 10, seed: 1 })).rejects.toThrow(message);
  });
});
