import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import { loadYolo, type LoadYoloOptions } from './load-yolo.ts';

/** Data sets that are read, with a word about them. */

const tmp = tempFolder({ beforeEach, afterEach });

const ROW = '0 0.5 0.5 0.1 0.2';
async function put(files: Record<string, string>): Promise<void> {
  const image = await plainImage(200, 100);
  await tmp.write({ 'data.yaml': 'train: images\nval: val.txt\nnames: [cat, Cat]\n' });
  await tmp.write({ 'images/a.png': image, 'images/b.png': image, ...files });
}
const load = (options: Partial<LoadYoloOptions> = {}) => loadYolo({ yolo: tmp.at('data.yaml'), ...options });
const noted = ({ notes }: Awaited<ReturnType<typeof load>>) =>
  Object.fromEntries(
    (notes?.byKind ?? []).map(({ kind, examples }) => [kind, examples.map(({ file }) => file.replace(tmp.path, ''))]),
  );

test('images without a label file are counted', async () => {
  await put({ 'labels/a.txt': ROW });
  expect(noted(await load())).toMatchObject({ 'images without a label file': ['/images/b.png'] });
  expect(noted(await load({ unlabeled: true }))).toEqual({});
});

test('oriented boxes (four corners that are not upright) are counted; the upright box around them is taken', async () => {
  const upright = '0 0.1 0.1 0.3 0.1 0.3 0.3 0.1 0.3';
  // a square of 20 pixels stood on its corner at 100, 50
  const slanted = '1 0.5 0.3585786 0.5707107 0.5 0.5 0.6414214 0.4292893 0.5';
  await put({ 'labels/a.txt': `${upright}\n${slanted}\n0 .1 .1 .3 .1 .2 .5 .1 .4 .1 .3`, 'labels/b.txt': '' });
  const data = await load();
  expect(data.notes?.byKind[0]).toMatchObject({ kind: 'oriented boxes', count: 1, examples: [{ at: 'line 2' }] });
  const bbox = data.images[0]!.annotations[1]!.bbox;
  [85.85786, 35.85786, 28.28427, 28.28427].forEach((value, i) => expect(bbox[i]).toBeCloseTo(value, 4));
});

test('class ids written as floats', async () => {
  await put({ 'labels/a.txt': '1.0 0.5 0.5 0.1 0.2', 'labels/b.txt': '' });
  expect((await load()).images[0]?.annotations[0]?.category).toBe(1);
});

test('classes that differ in case', async () => {
  await put({ 'labels/a.txt': ROW, 'labels/b.txt': '' });
  expect((await load()).notes?.byKind[0]?.examples[0]?.found).toBe(
    "'cat' (1 boxes) and 'Cat' (0 boxes) differ in case",
  );
});

test('a number of a million digits is read at once', async () => {
  await put({ 'labels/a.txt': `0 ${'1'.repeat(1_000_000)}x 0.5 0.1 0.2`, 'labels/b.txt': '' });
  expect(await tmp.messageOf(load())).toContain('values that are no numbers');
});
