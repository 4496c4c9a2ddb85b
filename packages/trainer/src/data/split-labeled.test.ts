import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cocoStandardPositions, numpyPermutation } from '@sed/datasets-coco/split';
import type { RunConfig } from '../config/schema.ts';
import { openDataPart } from './sources.ts';
import { splitLabeled } from './split-labeled.ts';

let folder: string;
let file: string;
// Not in id order, as train2017 is not.
const ids = Array.from({ length: 60 }, (_, i) => ((i * 37) % 61) + 1);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-split-labeled-'));
  file = join(folder, 'train.json');
  const images = ids.map((id) => ({ id, file_name: `${id}.jpg`, width: 9, height: 9 }));
  const annotations = ids.map((id) => ({ id, image_id: id, category_id: 1, bbox: [0, 0, 3, 3] }));
  await writeFile(file, JSON.stringify({ images, annotations, categories: [{ id: 1, name: 'cat' }] }));
  await Promise.all(ids.map((id) => writeFile(join(folder, `${id}.jpg`), 'x')));
});
afterAll(() => rm(folder, { recursive: true }));

const dataOf = (protocol: 'sorted' | 'exact' | 'stac', labeled: unknown = { annotations: file, images: folder }) =>
  ({ labeled, validation: labeled, split: { percent: 20, fold: 3, protocol }, onFault: 'stop' }) as RunConfig['data'];

const split = async (protocol: 'sorted' | 'exact' | 'stac') => {
  const data = dataOf(protocol);
  const found = await splitLabeled(await openDataPart(data, 'labeled'), data);
  expect(found!.labeled.images.length + found!.unlabeled.images.length).toBe(60);
  expect(found!.unlabeled.images.every(({ annotations }) => annotations.length === 0)).toBe(true);
  return found!.labeled.images.map(({ id }) => id);
};
const rising = (list: readonly number[]) => [...list].sort((a, b) => a - b);

test('sorted draws over sorted ids, exact and stac over positions in the file', async () => {
  expect(await split('sorted')).toEqual(rising(numpyPermutation(rising(ids), 3).slice(0, 12)));
  for (const variant of ['exact', 'stac'] as const) {
    const positions = cocoStandardPositions({ count: 60, percent: 20, fold: 3, variant });
    expect(await split(variant)).toEqual(rising(positions.map((i) => ids[i]!)));
  }
  expect(await split('exact')).not.toEqual(await split('sorted'));
});

test('positions need one COCO file', async () => {
  const data = dataOf('exact', { voc: folder, sets: 'train' });
  const dataset = await openDataPart(dataOf('sorted'), 'labeled');
  await expect(splitLabeled(dataset, data)).rejects.toThrow(
    '"data.split.protocol" is "exact", which draws over positions',
  );
  const { split: _, ...rest } = data;
  expect(await splitLabeled(dataset, rest)).toBeUndefined();
});
