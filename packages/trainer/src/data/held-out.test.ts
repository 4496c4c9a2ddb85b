import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunPart } from '../analysis/open-part.ts';
import { parseConfig } from '../config/parse.ts';
import type { RunConfig } from '../config/schema.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { openData } from './open.ts';
import { sourcesOfPart } from './sources.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-held-out-'));
  writeMadeUpData(folder, { train: 10, val: 1 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = (validation: object, more: object = {}): RunConfig => {
  const tiny = tinyConfig(folder);
  return parseConfig({ ...tiny, data: { ...tiny.data, validation, ...more } });
};
const ids = ({ images }: { images: readonly { id: number }[] }) => images.map(({ id }) => id);

test('a part of the labeled images is held out: the same at each start, never learnt from', async () => {
  const { labeled, unlabeled, validation, notes } = await openData(config({ percent: 30, fold: 1 }));
  // numpy.random.RandomState(1).permutation(range(1, 11))[:3]
  expect(ids(validation)).toEqual([3, 7, 10]);
  const rest = ids({ images: [...labeled.images, ...unlabeled!.images] }).sort((a, b) => a - b);
  expect([...rest, ...ids(validation)].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  // 50 % of the other seven
  expect(labeled.images).toHaveLength(3);
  // the images of val.json are not used now; no image is in two parts
  expect(notes.filter((note) => !note.includes('not used'))).toEqual([]);
  const again = await openData(config({ percent: 30, fold: 1 }));
  expect(ids(again.validation)).toEqual(ids(validation));
  const other = await openData(config({ percent: 30, fold: 2 }));
  expect(ids(other.validation)).not.toEqual(ids(validation));
});

test('whoever opens one part sees the same images', async () => {
  const held = config({ percent: 30, fold: 1 });
  const { labeled, validation } = await openData(held);
  expect(ids((await openRunPart(held, 'validation', labeled.categories)).dataset)).toEqual(ids(validation));
  expect(ids((await openRunPart(held, 'labeled', labeled.categories)).dataset)).toEqual(ids(labeled));
  expect(sourcesOfPart(held.data, 'validation')).toEqual(sourcesOfPart(held.data, 'labeled'));
});

test('boxes without an area count in evaluation alone, faults once', async () => {
  const path = join(folder, 'faulty.json');
  const json = JSON.parse(readFileSync(join(folder, 'train.json'), 'utf8')) as {
    annotations: { bbox: number[]; category_id: number }[];
  };
  json.annotations.forEach((annotation, i) => {
    if (i % 2 === 0) annotation.bbox = [1, 1, 0, 5];
  });
  json.annotations[1]!.category_id = 77;
  writeFileSync(path, JSON.stringify(json));
  const labeled = { annotations: path, images: join(folder, 'images') };
  const data = await openData(config({ percent: 30, fold: 1 }, { labeled, onFault: 'skip' }));
  expect(data.validation.images.every(({ annotations }) => annotations.length === 2)).toBe(true);
  expect(data.labeled.images.some(({ annotations }) => annotations.length === 2)).toBe(false);
  expect(data.problems!.total).toBe(1);
});

test('too small a part, and folds that draw over the whole file', async () => {
  await expect(openData(config({ percent: 5, fold: 1 }))).rejects.toThrow(/less than one image: take at least 10/);
  expect(() => config({ percent: 20, fold: 1 }, { split: { percent: 10, fold: 1, protocol: 'exact' } })).toThrow(
    /"data.validation" is a part of "data.labeled", and "data.split.protocol" "exact"/,
  );
  expect(() => config({ percent: 100, fold: 1 })).toThrow(/"data.validation.percent" is 100/);
});
