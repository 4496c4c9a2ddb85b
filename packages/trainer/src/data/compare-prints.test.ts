import {
  mkdtempSync,
  rmSync,
  writeFileSync,
  appendFileSync,
  renameSync,
  mkdirSync,
  readFileSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { comparePrints } from './compare-prints.ts';
import { fingerprint } from './fingerprint.ts';
import { openData } from './open.ts';

const root = mkdtempSync(join(tmpdir(), 'sed-prints-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let sets = 0;
function makeSet(): string {
  const folder = join(root, `set-${++sets}`);
  mkdirSync(folder);
  writeMadeUpData(folder, { train: 8, val: 3 });
  return folder;
}
const printOf = async (folder: string) => fingerprint(await openData(tinyConfig(folder)));

interface Coco {
  images: { id: number; file_name: string }[];
  annotations: { image_id: number; category_id: number; bbox: number[] }[];
  categories: { id: number; name: string }[];
}
function edit(folder: string, file: string, change: (coco: Coco) => void): void {
  const coco = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Coco;
  change(coco);
  writeFileSync(join(folder, file), JSON.stringify(coco));
}

test('data that was moved is the data that it was', async () => {
  const folder = makeSet();
  const before = await printOf(folder);
  expect(before.labeled.images).toHaveLength(4);
  expect(before.unlabeled?.images).toHaveLength(4);
  renameSync(folder, `${folder}-moved`);
  expect(comparePrints(before, await printOf(`${folder}-moved`))).toEqual({ changed: [], notes: [] });
});

test('classes that are numbered otherwise are the same classes', async () => {
  const folder = makeSet();
  const given = { classes: ['red', 'blue'], of: 'the run' };
  const before = await fingerprint(await openData(tinyConfig(folder), given));
  for (const file of ['train.json', 'val.json']) {
    edit(folder, file, (coco) => {
      coco.categories = [
        { id: 1, name: 'blue' },
        { id: 2, name: 'red' },
      ];
      coco.annotations.forEach((a) => (a.category_id = 3 - a.category_id));
    });
  }
  expect(comparePrints(before, await fingerprint(await openData(tinyConfig(folder), given)))).toEqual({
    changed: [],
    notes: [],
  });
});

test('images that are gone or new, boxes and files that are others, are named', async () => {
  const folder = makeSet();
  const config = { ...tinyConfig(folder) };
  const all = {
    ...config,
    data: { ...config.data, split: undefined, unlabeled: { images: join(folder, 'images') } },
  } as typeof config;
  const print = async () => fingerprint(await openData(all));
  const before = await print();
  edit(folder, 'train.json', (coco) => {
    coco.annotations[0]!.bbox[2]! += 1;
    coco.annotations = coco.annotations.filter((a) => a.image_id !== coco.images[7]!.id);
    coco.images.pop();
  });
  appendFileSync(join(folder, 'images/train-1.png'), 'x');
  writeFileSync(join(folder, 'images/new.png'), readFileSync(join(folder, 'images/train-2.png')));
  unlinkSync(join(folder, 'images/train-7.png'));
  const { changed, notes } = comparePrints(before, await print());
  expect(changed).toEqual([
    'labeled images: 8 before, 7 now: 1 gone (train-7.png)',
    expect.stringMatching(/^labeled images: the boxes of 1 are others \(train-0\.png\); boxes by class: /),
    'labeled images: 1 file has another size on the disk (train-1.png)',
    'unlabeled images: 11 before, 11 now: 1 gone (train-7.png), 1 new (new.png)',
    'unlabeled images: 1 file has another size on the disk (train-1.png)',
  ]);
  expect(notes).toEqual([]);
});

test('other validation data is a note; so is another order of the same images', async () => {
  const folder = makeSet();
  const before = await printOf(folder);
  edit(folder, 'val.json', (coco) => (coco.annotations[0]!.category_id = 3 - coco.annotations[0]!.category_id));
  const { changed, notes } = comparePrints(before, await printOf(folder));
  expect(changed).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(/validation data has changed.*boxes of 1 are others \(val-0\.png\)/)]);

  const turned = { ...before, labeled: { ...before.labeled, images: [...before.labeled.images].reverse() } };
  expect(comparePrints(before, turned).changed).toEqual([]);
  expect(comparePrints(before, turned).notes).toEqual([
    expect.stringMatching(/labeled images are the same in another order/),
  ]);
});

test('a file that is missing is another file, and equal names of two sources are told apart', async () => {
  const folder = makeSet();
  const before = await printOf(folder);
  const twice = {
    ...before,
    labeled: { ...before.labeled, images: [...before.labeled.images, before.labeled.images[0]!] },
  };
  expect(comparePrints(before, twice).changed).toEqual([
    expect.stringMatching(/4 before, 5 now: 1 new \(train-\d\.png \(2\)\)/),
  ]);
});
