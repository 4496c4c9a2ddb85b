import { rm } from 'node:fs/promises';
import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import { labelPath } from './list-images.ts';
import { loadYolo, type LoadYoloOptions } from './load-yolo.ts';

const tmp = tempFolder({ beforeEach, afterEach });

let image: Buffer;
beforeAll(async () => {
  image = await plainImage(200, 100);
});

const YAML = 'path: .\ntrain: images/train\nval: images/val\nnames: [cat, dog]\n';
/** A data set whose train images are those of the labels; `undefined` has no label file. */
async function dataset(labels: Record<string, string | undefined>, yaml = YAML) {
  await tmp.write({ 'data.yaml': yaml });
  for (const [name, rows] of Object.entries(labels)) {
    await tmp.write({ [`images/train/${name}.png`]: image });
    if (rows !== undefined) await tmp.write({ [`labels/train/${name}.txt`]: rows });
  }
}
const load = (options: Partial<LoadYoloOptions> = {}) => loadYolo({ yolo: tmp.at('data.yaml'), ...options });

test('rows become boxes in pixels; polygons their box; images without labels are background', async () => {
  await dataset({
    a: '0 0.5 0.5 0.1 0.2\r\n1\t0.1 0.2 0.2 0.4\n\n',
    b: '1 0.1 0.1 0.3 0.1 0.2 0.5\n0 .25 .25 .75 .25 .75 .75 .25 .75',
    c: undefined,
    d: '',
  });
  const data = await load();
  expect(data).toMatchObject({
    source: `${tmp.at('data.yaml')} (train)`,
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    images: [
      { id: 1, fileName: 'images/train/a.png', path: tmp.at('images/train/a.png'), width: 200, height: 100 },
      { id: 2 },
      { id: 3, annotations: [], width: 200 },
      { id: 4, annotations: [] },
    ],
    problems: { total: 0 },
  });
  const boxes = data.images.flatMap((record) => record.annotations.map((a) => [a.id, a.category, ...a.bbox]));
  const expected = [
    [1, 0, 90, 40, 20, 20],
    [2, 1, 0, 0, 40, 40],
    [3, 1, 20, 10, 40, 40],
    [4, 0, 50, 25, 100, 50],
  ];
  boxes.forEach((box, i) => box.forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!, 9)));
  expect(boxes).toHaveLength(4);
});

test('boxes are those of the turned image where EXIF turns it', async () => {
  await dataset({ a: '0 0.5 0.5 1 0.5' });
  await tmp.write({ 'images/train/a.png': await plainImage(200, 100, { orientation: 6 }) });
  expect((await load()).images[0]).toMatchObject({
    width: 100,
    height: 200,
    annotations: [{ bbox: [0, 50, 100, 100] }],
  });
});

describe('the yaml', () => {
  test.each<[string, string, string[]]>([
    ['names as a map', 'names:\n  0: cat\n  1: dog', ['cat', 'dog']],
    ['numbers as names', 'names: [7, 8]', ['7', '8']],
    ['yes and no are names', 'names: [yes, no]', ['yes', 'no']],
    ['nc that agrees', 'nc: 2\nnames: [cat, dog]', ['cat', 'dog']],
    ['nc alone', 'nc: 2', ['class_0', 'class_1']],
  ])('%s', async (_, names, expected) => {
    await dataset({ a: '1 0.5 0.5 0.1 0.2' }, `train: images/train\n${names}\n`);
    expect((await load()).categories.map(({ name }) => name)).toEqual(expected);
  });

  test.each<[string, string, string]>([
    ['nc that does not', 'train: images\nnc: 3\nnames: [a]', 'nc: found 3, but there are 1 names'],
    ['no names', 'train: images', 'names: missing'],
    ['a gap', 'train: images\nnames: {0: a, 2: b}', 'names: there is no class 1, but a class 2'],
    ['a name twice', 'train: images\nnames: [a, a]', "names[1]: 'a' is also the name of class 0"],
    ['a name that is none', 'train: images\nnames: [a, true]', 'names[1]: found true'],
    ['no set', 'val: images\nnames: [a]', 'train: missing; the yaml has val'],
    ['a set that is a number', 'train: 3\nnames: [a]', 'train: found 3'],
    [
      'a folder that is not there',
      'train: [images, no]\nnames: [a]',
      'train[1]: "no" does not exist (looked for <tmp>/no)',
    ],
    [
      'a root that is not there',
      'path: ../datasets/x\ntrain: images\nnames: [a]',
      'path: "../datasets/x" does not exist',
    ],
    ['a wrong kpt_shape', 'train: images\nkpt_shape: 17\nnames: [a]', 'kpt_shape: found 17'],
    ['a list', '- a\n- b', 'found a list; a YOLO yaml has the keys'],
    ['no YAML', 'train: [a\nnames: b', 'data.yaml is not YAML: '],
    ['a key twice', 'train: a\ntrain: b', 'data.yaml is not YAML: Map keys must be unique at line 2'],
    [
      'a class twice',
      'train: images\nnames:\n  0: a\n  0: b',
      'Map keys must be unique at line 4, column 3: 0 is there twice',
    ],
    ['too many classes', 'train: images\nnc: 1000000000', 'nc: found 1000000000'],
    ['classes as a number', 'train: images\nnames: 3', 'names: found 3'],
    ['an alias of nothing', 'train<<: *ama', 'data.yaml is not YAML: '],
    ['an alias of itself', 'a: &a [*a]\nnames: *a\ntrain: images', 'data.yaml: '],
    [
      'aliases that unfold',
      `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(',')}]`).join('\n')}\nnames: *a9\ntrain: images`,
      'data.yaml is not YAML: Excessive alias count',
    ],
    ['brackets without end', `train: ${'['.repeat(100_000)}`, 'data.yaml is not YAML: it nests 100000 levels deep'],
    ['blocks without end', `train: ${'- '.repeat(100_000)}x`, 'data.yaml is not YAML: '],
    ['commas without end', `train: [${','.repeat(300_000)}`, 'more than 250000 names and signs'],
    ['the root of the disk', 'train: /\nnames: [a]', 'train: "/" is the root of the disk'],
  ])('%s', async (_, yaml, found) => {
    await tmp.write({ 'data.yaml': yaml, 'images/a.png': image });
    const message = await tmp.messageOf(load());
    expect(message.startsWith('<tmp>/data.yaml')).toBe(true);
    expect(message).toContain(found);
  });

  test('that is not there, or is something else', async () => {
    expect(await tmp.messageOf(load())).toBe('<tmp>/data.yaml: the file does not exist.');
    await tmp.write({ 'data.yaml': new Uint8Array(2 * 2 ** 20) });
    expect(await tmp.messageOf(load())).toContain('more than 1 MiB: it is something else');
  });
});

describe('where images and labels are', () => {
  test('a list of folders, subfolders, text files with ./ and without', async () => {
    const rows = '0 0.5 0.5 0.1 0.2';
    await tmp.write({
      'data.yaml': 'path: d\ntrain: [images/x, lists/more.txt]\nval: lists/val.txt\nnames: [cat]\n',
      'd/images/x/deep/1.png': image,
      'd/labels/x/deep/1.txt': rows,
      'd/images/y/2.png': image,
      'd/labels/y/2.txt': rows,
      'd/lists/3.png': image,
      'd/lists/more.txt': './3.png\n\nimages/y/2.png\nimages/x/deep/1.png\n',
      'd/lists/val.txt': `${tmp.at('d/images/y/2.png')}\n./no.png\nnotes.md\n./scan.JP2\n`,
    });
    const data = await load();
    expect(data.images.map(({ id, fileName, annotations }) => [id, fileName, annotations.length])).toEqual([
      [1, 'images/x/deep/1.png', 1],
      [2, 'images/y/2.png', 1],
      [3, 'lists/3.png', 0],
    ]);
    const message = await tmp.messageOf(load({ set: 'val' }));
    expect(message).toContain('line 2: "./no.png" does not exist (looked for <tmp>/d/lists/no.png)');
    expect(message).toContain('line 3: "notes.md" is no image');
    expect(message).toContain(
      'line 4: "./scan.JP2" is a JPEG 2000 picture, which is not read here; convert it to PNG or JPEG',
    );
    const skipped = await load({ set: 'val', onFault: 'skip' });
    expect(skipped.images.map(({ id }) => id)).toEqual([2]);
    expect(skipped.problems.leftOut.images).toBe(3);
  });

  test('../train/images beside the yaml, as Roboflow exports', async () => {
    await tmp.write({
      'data.yaml': 'train: ../train/images\nnc: 1\nnames: [cat]\n',
      'train/images/1.png': image,
      'train/labels/1.txt': '0 0.5 0.5 0.1 0.2',
    });
    expect((await load()).images[0]).toMatchObject({ fileName: 'train/images/1.png', annotations: [{ id: 1 }] });
  });

  test('the rule: the last folder named images', () => {
    expect(labelPath('/a/images/b/images/c/1.x.jpg')).toBe('/a/images/b/labels/c/1.x.txt');
    expect(labelPath('/a/myimages/1.jpg')).toBe('/a/myimages/1.txt');
  });

  test('a set without any label file is an error, whatever is skipped', async () => {
    await dataset({ a: undefined, b: undefined });
    const message = await tmp.messageOf(load({ onFault: 'skip' }));
    expect(message).toContain('none of 2 images has a label file; that of <tmp>/images/train/a.png would be');
    expect(message).toContain('<tmp>/labels/train/a.txt');
    expect((await load({ unlabeled: true })).images).toEqual([
      expect.objectContaining({ id: 1, annotations: [] }),
      expect.objectContaining({ id: 2 }),
    ]);
  });

  test('ids are the names’ numbers', async () => {
    await dataset({ '000000000139': '0 0.5 0.5 0.1 0.2', '000000000025': '' });
    expect((await load()).images.map(({ id }) => id)).toEqual([25, 139]);
  });
});

describe('rows that are wrong have their file and line', () => {
  test.each<[string, string, string, string]>([
    ['too few', '0 0.5 0.5 0.1', 'found 4 columns: "0 0.5 0.5 0.1"', 'rows with a wrong number of columns'],
    ['a score', '0 0.5 0.5 0.1 0.1 0.9', 'found 6 columns', 'a sixth number is the score of a detection'],
    ['half a polygon', '0 .1 .1 .2 .2 .3 .3 .4', 'found 8 columns', 'rows with a wrong number of columns'],
    ['class too high', '2 0.5 0.5 0.1 0.1', 'class 2, but the yaml has 2 names (0 to 1)', 'classes without a name'],
    ['a class name', 'cat 0.5 0.5 0.1 0.1', 'class "cat" is no whole number', 'classes that are no numbers'],
    ['half a class', '0.5 0.5 0.5 0.1 0.1', 'class "0.5" is no whole number', 'classes that are no numbers'],
    ['NaN', '0 nan 0.5 0.1 0.1', '"nan" is no number', 'values that are no numbers'],
    ['pixels', '0 90 40 20 20', '90 is not between 0 and 1', 'these look like pixels'],
    ['below 0', '0 -0.5 0.5 0.1 0.1', '-0.5 is not between 0 and 1', 'values outside of 0 to 1'],
    ['no size', '0 0.5 0.5 0 0.1', 'line 2: found [100,45,0,10]: width 0', 'boxes of no size'],
    [
      'outside',
      '0 0.9 0.5 0.5 0.1',
      "leaves the 200x100 image 'images/train/a.png' (id 1)",
      'boxes outside their image',
    ],
  ])('%s', async (_, row, found, kind) => {
    await dataset({ a: `0 0.5 0.5 0.1 0.2\n${row}\n` });
    const message = await tmp.messageOf(load());
    expect(message).toContain('<tmp>/labels/train/a.txt: 1 problem (1 × ');
    expect(message).toContain('line 2: ');
    expect(message).toContain(found);
    expect(message).toContain(kind);
    const skipped = await load({ onFault: 'skip' });
    expect(skipped.images[0]?.annotations).toHaveLength(1);
    expect(skipped.problems).toMatchObject({ total: 1, leftOut: { annotations: 1, images: 0 } });
  });

  test('key points belong to rows where the yaml says so', async () => {
    await dataset({ a: '0 0.5 0.5 0.1 0.2 0.4 0.4 1 0.6 0.6 1' }, `${YAML}kpt_shape: [2, 3]\n`);
    expect((await load()).images[0]?.annotations).toHaveLength(1);
  });

  test('images and label files that cannot be read', async () => {
    const row = '0 0.5 0.5 0.1 0.2';
    await dataset({ a: row, b: row, c: row });
    await tmp.write({ 'images/train/b.png': 'not an image', 'labels/train/c.txt': Uint8Array.of(0xff, 0x00, 0x80) });
    const message = await tmp.messageOf(load());
    expect(message).toMatch(/^ {2}<tmp>\/images\/train\/b\.png: it is no image, whatever its name says/m);
    expect(message).toContain('<tmp>/labels/train/c.txt: these bytes are no utf-8 text');
    const skipped = await load({ onFault: 'skip' });
    expect(skipped.images.map(({ id }) => id)).toEqual([1]);
    expect(skipped.problems.leftOut).toMatchObject({ images: 2, annotations: 0 });
  });

  test('degenerate: drop', async () => {
    await dataset({ a: '0 0.5 0.5 0 0.1\n0 0.95 0.5 0.2 0.1' });
    const data = await load({ degenerate: 'drop' });
    expect([data.dropped, data.clipped]).toEqual([1, 1]);
    expect(data.images[0]?.annotations[0]?.bbox.map((v) => Math.round(v * 1e6) / 1e6)).toEqual([170, 45, 30, 10]);
  });

  test('a folder without images', async () => {
    await dataset({ a: '' });
    await rm(tmp.at('images/train/a.png'));
    expect(await tmp.messageOf(load())).toContain('<tmp>/images/train: 1 problem (1 × folders without images)');
  });
});
