import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import { openSource } from '../sources/open-source.ts';
import { loadVoc, type LoadVocOptions } from './load-voc.ts';

/** What annotation tools write beside VOC's own form. */

const tmp = tempFolder({ beforeEach, afterEach });

const box = (...[xmin, ymin, xmax, ymax]: number[]) =>
  `<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox>`;
const object = (inner: string, name = 'cat') => `<object><name>${name}</name>${inner}</object>`;
const sized = (width: string | number, height: string | number) =>
  `<size><width>${width}</width><height>${height}</height></size>`;
const xml = (name: string, objects: string, size = sized(100, 50)) =>
  `<annotation><filename>${name}</filename>${size}${objects}</annotation>`;

async function put(files: Record<string, string>, set = 'a\n'): Promise<void> {
  await tmp.write({ 'ImageSets/Main/train.txt': set, 'JPEGImages/a.png': await plainImage(100, 50) });
  await tmp.write(files);
}
const load = (options: Partial<LoadVocOptions> = {}) => loadVoc({ voc: tmp.path, sets: 'train', ...options });
const one = async (objects: string, size?: string) => {
  await put({ 'Annotations/a.xml': xml('a.png', objects, size) });
  return load();
};
const noted = ({ notes }: Awaited<ReturnType<typeof load>>) =>
  Object.fromEntries((notes?.byKind ?? []).map(({ kind, count }) => [kind, count]));
const filesOf = ({ images }: Awaited<ReturnType<typeof load>>) => images.map(({ fileName }) => fileName);

describe('image sets', () => {
  const objects = object(box(1, 1, 9, 9));

  test.each([
    ['an extension', 'a.png\n', 'names with an extension or a folder'],
    ['the XML file', 'a.xml\n', 'names with an extension or a folder'],
    ['a folder', './JPEGImages/a.png\n', 'names with an extension or a folder'],
    [
      'pairs',
      'JPEGImages/a.png Annotations/a.xml\n',
      'pairs of an image and its annotation, as PaddleDetection lists them',
    ],
  ])('of names with %s are taken for the names, with a note', async (_, set, kind) => {
    await put({ 'Annotations/a.xml': xml('a.png', objects) }, set);
    const dataset = await load();
    expect(filesOf(dataset)).toEqual(['a.png']);
    expect(noted(dataset)).toEqual({ [kind]: 1 });
    expect(dataset.notes?.byKind[0]?.examples[0]?.found).toContain("is taken for 'a', whose files are there");
  });

  test('a pair of two names is none', async () => {
    await put({ 'Annotations/a.xml': xml('a.png', objects) }, 'b.png Annotations/a.xml\n');
    // the last part of the line is a name that is there
    expect(noted(await load())).toEqual({ 'names with an extension or a folder': 1 });
  });

  test('names that end in a digit are no list of one class', async () => {
    await put({}, 'a 0\na 1\n');
    for (const name of ['a 0', 'a 1']) {
      await tmp.write({ [`Annotations/${name}.xml`]: xml(`${name}.jpg`, objects), [`JPEGImages/${name}.jpg`]: 'x' });
    }
    expect(filesOf(await load())).toEqual(['a 0.jpg', 'a 1.jpg']);
    await tmp.write({ 'ImageSets/Main/cat_train.txt': 'a  1\nb -1\n' });
    expect(await tmp.messageOf(load({ sets: 'cat_train' }))).toContain('is the list of one class');
  });

  test('a line of many blanks is read at once', async () => {
    await put({ 'Annotations/a.xml': xml('a.png', objects) }, `a\nb${' '.repeat(200_000)}c\n`);
    expect(await tmp.messageOf(load())).toContain('names without an annotation file');
  });
});

test.each([
  ['0', sized(0, 0)],
  ['-1', sized(-1, -1)],
  ['nothing', sized('', '')],
  ['no element', ''],
])('a size of %s is that of the file', async (_, size) => {
  const dataset = await one(object(box(1, 1, 9, 9)), size);
  expect(dataset.images[0]).toMatchObject({ width: 100, height: 50 });
  expect(dataset.problems.total).toBe(0);
});

test('boxes are cut to the size of the file where the XML states none', async () => {
  await put({ 'Annotations/a.xml': xml('a.png', object(box(91, 1, 200, 9)), sized(0, 0)) });
  expect((await load({ degenerate: 'drop' })).images[0]?.annotations[0]?.bbox).toEqual([90, 0, 10, 9]);
});

test('elements in other case, flags as words', async () => {
  const dataset = await one(
    object(`<Difficult>1</Difficult>${box(1, 1, 9, 9)}`) + object(`<truncated>True</truncated>${box(2, 2, 9, 9)}`),
  );
  expect(dataset.images[0]?.annotations).toMatchObject([{ difficult: true }, { truncated: true }]);
});

test('text is that of the element alone, however deep others are in it', async () => {
  const deep = `${'<b>'.repeat(2500)}x${'</b>'.repeat(2500)}`;
  const dataset = await one(`<object><name>cat${deep}</name>${box(1, 1, 9, 9)}</object>`);
  expect(dataset.categories).toEqual([{ id: 1, name: 'cat' }]);
});

test('classes that differ in case are told of with their counts; blanks around a name are none of it', async () => {
  const boxed = box(1, 1, 9, 9);
  const dataset = await one(object(boxed, ' car ') + object(boxed, 'Car') + object(boxed, 'car'));
  expect(dataset.categories.map(({ name }) => name)).toEqual(['Car', 'car']);
  expect(dataset.notes?.byKind[0]?.examples[0]?.found).toBe("'Car' (1 boxes) and 'car' (2 boxes) differ in case");
});

test('the same across two folders, which have no lists that must agree', async () => {
  await tmp.write({
    'one/a.xml': xml('a.jpg', object(box(1, 1, 9, 9), 'café')),
    'two/b.xml': xml('b.jpg', object(box(1, 1, 9, 9), 'cafe\u0301')),
  });
  await tmp.write(['one/a.jpg', 'two/b.jpg']);
  const opened = await openSource([{ voc: tmp.at('one') }, { voc: tmp.at('two') }]);
  expect(opened.notes?.byKind).toMatchObject([{ kind: 'classes whose names are nearly the same', count: 1 }]);
  expect(opened.notes?.byKind[0]?.examples[0]?.found).toContain('differ in Unicode form');
});

describe('boxes', () => {
  const turned = (degrees: string) =>
    `<attributes><attribute><name>rotation</name><value>${degrees}</value></attribute></attributes>`;

  test('corners in the other order are put in order', async () => {
    const dataset = await one(object(box(50, 30, 9, 10)));
    expect(dataset.images[0]?.annotations[0]?.bbox).toEqual([8, 9, 42, 21]);
    expect(noted(dataset)).toEqual({ 'corners in the other order': 1 });
  });

  test('corners that count from 0', async () => {
    expect(noted(await one(object(box(0, 3, 9, 9)) + object(box(1, 1, 9, 9))))).toEqual({
      'corners that count from 0': 1,
    });
  });

  test("CVAT's attribute rotation", async () => {
    const dataset = await one(object(turned('90.0') + box(1, 1, 9, 9)) + object(turned('0.0') + box(2, 1, 9, 9)));
    expect(noted(dataset)).toEqual({ 'rotated boxes': 1 });
    expect(dataset.images[0]?.annotations).toHaveLength(2);
  });

  test("roLabelImg's rotated box alone: the smallest upright one around it", async () => {
    const robndbox = (angle: number) =>
      `<type>robndbox</type><robndbox><cx>50</cx><cy>25</cy><w>20</w><h>10</h><angle>${angle}</angle></robndbox>`;
    const dataset = await one(object(robndbox(Math.PI / 2)) + object(robndbox(Math.PI / 6)));
    const [quarter, slanted] = dataset.images[0]!.annotations;
    quarter!.bbox.forEach((value, i) => expect(value).toBeCloseTo([45, 15, 10, 20][i]!, 9));
    // 20 cos 30° + 10 sin 30°, 20 sin 30° + 10 cos 30°
    expect(slanted!.bbox[2]).toBeCloseTo(22.320508075688775, 9);
    expect(slanted!.bbox[3]).toBeCloseTo(18.660254037844386, 9);
    expect(noted(dataset)).toEqual({ 'rotated boxes without an upright one': 2 });
  });
});

describe('folders without image sets', () => {
  const files = {
    'a.xml': xml('a.jpg', object(box(1, 1, 9, 9))),
    'b.xml': xml('b.jpg', object(box(1, 1, 9, 9), 'dog')),
  };
  const under = (folder: string) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [folder + name, text]));
  const whole = (voc = tmp.path) => loadVoc({ voc });

  test('XML files beside their images, as labelImg leaves them', async () => {
    await tmp.write(files);
    await tmp.write(['a.jpg', 'b.jpg', 'c.jpg']);
    const dataset = await whole();
    expect(dataset).toMatchObject({ source: tmp.path, categories: [{ name: 'cat' }, { name: 'dog' }] });
    expect(filesOf(dataset)).toEqual(['a.jpg', 'b.jpg']);
    expect(filesOf(await loadVoc({ voc: tmp.path, unlabeled: true }))).toEqual(['a.jpg', 'b.jpg', 'c.jpg']);
  });

  test.each([
    ['annotations/', 'images/'],
    ['Annotations/', 'JPEGImages/'],
    ['xmls/', 'imgs/'],
    ['', 'images/'],
    ['annotations/', ''],
  ])('XML files in %s beside images in %s', async (annotations, images) => {
    await tmp.write(under(annotations));
    await tmp.write([`${images}a.jpg`, `${images}b.jpg`]);
    const dataset = await whole();
    expect(dataset.images.map(({ path }) => path)).toEqual([tmp.at(`${images}a.jpg`), tmp.at(`${images}b.jpg`)]);
    expect(dataset.problems.total).toBe(0);
  });

  test('subfolders are sets by their names', async () => {
    await tmp.write({ ...under('train/'), 'valid/c.xml': xml('c.jpg', object(box(1, 1, 9, 9))) });
    await tmp.write(['train/a.jpg', 'train/b.jpg', 'valid/c.jpg']);
    expect(filesOf(await load({ sets: 'valid' }))).toEqual(['valid/c.jpg']);
    expect(filesOf(await load({ sets: ['train', 'valid'] }))).toEqual(['train/a.jpg', 'train/b.jpg', 'valid/c.jpg']);
    expect(await tmp.messageOf(whole())).toBe(
      '<tmp>: no set is named. Folders with XML files that are there: train, valid.',
    );
    expect(await tmp.messageOf(load({ sets: 'test' }))).toContain(
      'folders with XML files that are there: train, valid.',
    );
  });

  test('a set of a flat folder is none; where there are image sets they are listed', async () => {
    await tmp.write(files);
    expect(await tmp.messageOf(load())).toContain('Leave the sets out to take all XML files');
    await put({ 'Annotations/a.xml': files['a.xml'] });
    expect(await tmp.messageOf(whole())).toBe('<tmp>: no image set is named. Sets that are there: train.');
  });
});
