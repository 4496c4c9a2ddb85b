import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'sed-cli-remarks-'))));
afterEach(() => rm(folder, { recursive: true }));

const box = (id: number, fields: object = {}) => ({
  id,
  image_id: 1,
  category_id: 1,
  bbox: [10 * id, 5, 9, 9],
  area: 81,
  iscrowd: 0,
  ...fields,
});
const CAT = { id: 1, name: 'cat' };

/** Evaluates detections that equal the labels. */
async function evaluate(annotations: ReturnType<typeof box>[], categories: object[] = [CAT], ...argv: string[]) {
  const put = (name: string, json: unknown) => writeFile(join(folder, name), JSON.stringify(json));
  await put('truth.json', { images: [{ id: 1, file_name: 'a.jpg', width: 90, height: 40 }], annotations, categories });
  await put(
    'found.json',
    annotations.map(({ image_id, category_id, bbox }) => ({ image_id, category_id, bbox, score: 1 })),
  );
  const files = ['--annotations', 'truth.json', '--detections', 'found.json'];
  const { code, stdout, stderr } = await runCli(['eval', ...files, '--json', ...argv], { cwd: folder });
  return { code, AP: code === 0 ? (JSON.parse(stdout) as { AP: number }).AP : undefined, stderr };
}

test('ids from 0: the value of pycocotools, and why it is so low', async () => {
  const { AP, stderr } = await evaluate([box(0), box(1)]);
  // the match with id 0 counts as none: recall 1/2, precision 1/2 there
  expect(AP).toBeCloseTo(51 / 101 / 2, 3);
  expect(stderr).toContain('1 × annotation ids of 0');
  expect(await evaluate([box(1), box(2)])).toMatchObject({ AP: expect.closeTo(1, 9) as number, stderr: '' });
});

test('a root category is left out, and said', async () => {
  const { AP, stderr } = await evaluate([box(1), box(2)], [{ id: 0, name: 'cat', supercategory: 'none' }, CAT]);
  expect(AP).toBeCloseTo(1, 9);
  expect(stderr).toContain('categories without boxes that bear the name of another');
});

test('two categories of one name that both have boxes: refused, or told apart by their ids as pycocotools does', async () => {
  const boxes = [box(1), box(2, { category_id: 2 })];
  const categories = [CAT, { id: 2, name: 'cat' }];
  const refused = await evaluate(boxes, categories);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('category names used twice');
  const apart = await evaluate(boxes, categories, '--on-fault', 'skip');
  expect(apart).toMatchObject({ code: 0, AP: expect.closeTo(1, 9) as number });
  expect(apart.stderr).toContain('Passed over: 1 × category names used twice');
});

test('data that measures nothing, and classes that are not measured', async () => {
  expect((await evaluate([box(1, { iscrowd: 1 })])).stderr).toContain('1 of 1 boxes are crowds');
  expect((await evaluate([box(1)], [CAT, { id: 2, name: 'dog' }])).stderr).toContain(
    'Classes without an object in ' + join(folder, 'truth.json') + " ('dog'): AP is the mean of the other classes.",
  );
});
