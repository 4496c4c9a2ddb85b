import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../types.ts';
import { loadDetections } from './load-detections.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-detections-'));
  file = join(folder, 'd.json');
});
afterAll(() => rm(folder, { recursive: true }));

const dataset: Dataset = {
  source: 'a.json',
  categories: [{ id: 7, name: 'cat' }],
  images: [{ id: 3, path: '/3.jpg', fileName: '3.jpg', annotations: [] }],
};
const good = { image_id: 3, category_id: 7, bbox: [1, 2, 3, 4], score: 0.5 };

async function messageOf(json: unknown): Promise<string> {
  await writeFile(file, JSON.stringify(json));
  return loadDetections(file, dataset).then(
    () => 'nothing was thrown',
    (error: Error) => error.message.replaceAll(folder, '<tmp>'),
  );
}

test('reads detections in file order and leaves out other fields', async () => {
  await writeFile(file, JSON.stringify([{ ...good, score: 0.1, id: 9, area: 12 }, good]));
  expect(await loadDetections(file, dataset)).toEqual([{ ...good, score: 0.1 }, good]);
  await writeFile(file, '[]');
  expect(await loadDetections(file, dataset)).toEqual([]);
});

test('without a data set, ids are not compared', async () => {
  await writeFile(file, JSON.stringify([{ ...good, image_id: 99 }]));
  expect(await loadDetections(file)).toHaveLength(1);
});

test.each<[string, unknown, string]>([
  ['an annotations file', { images: [], annotations: [] }, 'top level: found an annotations file'],
  ['an object', { a: 1 }, 'top level: found object, not a list'],
  ['a number in the list', [good, 3], '[1]: found 3, not an object'],
  ['no image id', [{ ...good, image_id: undefined }], '[0].image_id: missing'],
  ['a text as image id', [{ ...good, image_id: '3' }], '[0].image_id: found "3", not a whole number'],
  ['an unknown image', [good, { ...good, image_id: 4 }], '[1].image_id: found 4, which is no image id of a.json'],
  [
    'an unknown category',
    [{ ...good, category_id: 0 }],
    '[0].category_id: found 0, which is no category id of a.json (7)',
  ],
  ['no box', [{ ...good, bbox: undefined }], '[0].bbox: missing'],
  ['a box of three', [{ ...good, bbox: [1, 2, 3] }], '[0].bbox: found [1,2,3], not four finite numbers'],
  [
    'a negative width',
    [{ ...good, bbox: [1, 2, -3, 4] }],
    '[0].bbox: found [1,2,-3,4]: width and height must not be negative',
  ],
  ['no score', [{ ...good, score: undefined }], '[0].score: missing'],
  ['a text as score', [{ ...good, score: '0.5' }], '[0].score: found "0.5", not a finite number'],
])('refuses %s', async (_, json, message) => {
  expect(await messageOf(json)).toContain(message);
});

test('reports all problems at once, with advice', async () => {
  expect(await messageOf([{ ...good, image_id: 4 }, good, { ...good, category_id: 1, score: null }])).toBe(
    '<tmp>/d.json: 2 problems (1 × scores that are no numbers, 1 × unknown image ids)\n' +
      '  [2].score: found null, not a finite number\n' +
      '  [0].image_id: found 4, which is no image id of a.json (3); 1 of 2 detections have it\n' +
      "→ COCO's results format is a list of {image_id, category_id, bbox: [x, y, width, height], score}\n" +
      '→ detections and annotations must be of the same images: is this the right pair of files?',
  );
});

test('an id that many detections have is one problem, and ids of another numbering are one together', async () => {
  const message = await messageOf([5, 5, 3, 5].map((image_id) => ({ ...good, image_id })));
  expect(message).toContain('1 problem');
  expect(message).toContain('[0].image_id: found 5, which is no image id of a.json (3); 3 of 4 detections have it');
  expect(await messageOf([1, 2, 4, 5, 6, 7, 8].map((image_id) => ({ ...good, image_id })))).toContain(
    'image_id: none of the 7 image ids (1, 2, 4, 5, 6, 7, …) is one of a.json (3)',
  );
});
