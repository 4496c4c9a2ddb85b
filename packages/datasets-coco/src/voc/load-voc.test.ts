import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadCoco } from '../coco/load-coco.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import { VOC_CLASSES } from './classes.ts';
import { loadVoc, type LoadVocOptions } from './load-voc.ts';

const tmp = tempFolder({ beforeEach, afterEach });

const box = (...[xmin, ymin, xmax, ymax]: (number | string)[]) =>
  `<bndbox><xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax></bndbox>`;
const object = (name: string, inner: string) => `<object><name>${name}</name>${inner}</object>`;
const xml = (name: string, objects: string, size = '<size><width>100</width><height>50</height></size>') =>
  `<?xml version="1.0"?>\n<annotation><folder>VOC</folder><filename>${name}</filename>${size}${objects}</annotation>\n`;

/** A folder with an image set `train` of these annotations; every one has an image. */
async function folder(annotations: Record<string, string>, root = '') {
  await tmp.write({ [`${root}ImageSets/Main/train.txt`]: Object.keys(annotations).join('\n') + '\n' });
  for (const [name, content] of Object.entries(annotations)) {
    await tmp.write({ [`${root}Annotations/${name}.xml`]: content, [`${root}JPEGImages/${name}.jpg`]: 'x' });
  }
}
const load = (options: Partial<LoadVocOptions> = {}) => loadVoc({ voc: tmp.path, sets: 'train', ...options });
const oneObject = (inner: string) => folder({ a: xml('a.jpg', object('cat', inner)) });

test('1-based inclusive corners, fractions, flags, parts, classes that occur', async () => {
  const part = `<part><name>head</name>${box(1, 1, 2, 2)}</part>`;
  await folder({
    b: xml('b.jpg', object('dog', box(1, 1, 100, 50) + part)),
    a: xml(
      'a.jpg',
      object('cat', `<pose>Left</pose><truncated>1</truncated><difficult>0</difficult>${box(11, 21, 20, 40)}`) +
        object('dog', `<difficult>1</difficult>${box('45.70000076293945', '1.5', '50.5', '3e1')}`),
    ),
  });
  expect(await load()).toMatchObject({
    source: `${tmp.path} (train)`,
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    images: [
      {
        id: 1,
        path: tmp.at('JPEGImages/a.jpg'),
        fileName: 'a.jpg',
        width: 100,
        height: 50,
        annotations: [
          { id: 1, bbox: [10, 20, 10, 20], category: 0, area: 200, crowd: false, truncated: true },
          { id: 2, bbox: [44.70000076293945, 0.5, 50.5 - 45.70000076293945 + 1, 29.5], category: 1, difficult: true },
        ],
      },
      { id: 2, annotations: [{ id: 3, bbox: [0, 0, 100, 50], category: 1 }] },
    ],
    dropped: 0,
    problems: { total: 0 },
  });
  expect((await load()).images[0]?.annotations[0]).not.toHaveProperty('difficult');
});

describe('layouts', () => {
  test('a devkit of several years: ids are the names’ numbers, VOC’s classes in their order', async () => {
    await folder({ '000005': xml('000005.jpg', object('dog', box(1, 1, 9, 9))) }, 'VOC2007/');
    await folder({ '2008_000007': xml('2008_000007.jpg', object('cat', box(1, 1, 9, 9))) }, 'VOC2012/');
    const both = await load({ sets: ['VOC2007/train', 'VOC2012/train'] });
    expect(both.images.map(({ id, fileName }) => [id, fileName])).toEqual([
      [5, 'VOC2007/JPEGImages/000005.jpg'],
      [2008000007, 'VOC2012/JPEGImages/2008_000007.jpg'],
    ]);
    expect(both.categories.map(({ name }) => name)).toEqual(VOC_CLASSES);
    expect(both.images.flatMap((image) => image.annotations.map((a) => [a.id, a.category]))).toEqual([
      [1, 11],
      [2, 7],
    ]);
    expect((await load({ voc: tmp.at('VOC2012') })).images[0]?.fileName).toBe('2008_000007.jpg');
    expect(await tmp.messageOf(load())).toBe(
      '<tmp> has several years: name the set with its year, VOC2007/train or VOC2012/train.',
    );
    expect(await tmp.messageOf(load({ sets: 'VOC2010/train' }))).toContain(
      "'VOC2010/train' names no image set. Sets that are there: VOC2007/train, VOC2012/train.",
    );
  });

  test('a folder around VOCdevkit, and the year of the only one', async () => {
    await folder({ '000005': xml('000005.jpg', object('dog', box(1, 1, 9, 9))) }, 'VOCdevkit/VOC2007/');
    expect((await load()).images).toHaveLength(1);
    expect((await load({ sets: 'VOC2007/train' })).images).toHaveLength(1);
  });

  test('ids do not depend on the image set', async () => {
    const annotation = (name: string) => xml(`${name}.jpg`, object('cat', box(1, 1, 9, 9)));
    await folder({ a: annotation('a'), b: annotation('b'), c: annotation('c') });
    await tmp.write({ 'ImageSets/Main/val.txt': 'c\r\n\r\nb\r\n' });
    expect((await load({ sets: 'val' })).images.map(({ id, fileName }) => [id, fileName])).toEqual([
      [2, 'b.jpg'],
      [3, 'c.jpg'],
    ]);
    expect((await load({ sets: 'val.txt' })).images).toHaveLength(2);
  });

  test('images of other formats: by <filename>, else by the name; a JPEG first', async () => {
    const objects = object('cat', box(1, 1, 9, 9));
    await tmp.write({
      'ImageSets/Main/train.txt': 'a\nb\nc\nd',
      'Annotations/a.xml': xml('a.PNG', objects),
      'Annotations/b.xml': xml('C:\\photos\\b', objects),
      'Annotations/c.xml': xml('', objects),
      'Annotations/d.xml': xml('other.webp', objects),
    });
    await tmp.write(['JPEGImages/a.PNG', 'JPEGImages/b.webp', 'JPEGImages/c.jpg', 'JPEGImages/c.png']);
    await tmp.write(['JPEGImages/other.webp', 'JPEGImages/notes.txt']);
    expect((await load()).images.map(({ fileName }) => fileName)).toEqual(['a.PNG', 'b.webp', 'c.jpg', 'other.webp']);
  });

  test('a list of one class is refused; the sets that are there are named without them', async () => {
    await folder({ '000005': xml('000005.jpg', object('cat', box(1, 1, 9, 9))) });
    await tmp.write({ 'ImageSets/Main/cat_train.txt': '000005  1\n000006 -1\n000007  0\n' });
    expect(await tmp.messageOf(load({ sets: 'cat_train' }))).toBe(
      '<tmp>/ImageSets/Main/cat_train.txt is the list of one class: each line is a name and -1, 0 or 1. ' +
        "Name the set of all images, here probably 'train'; which classes are used is another setting.",
    );
    expect(await tmp.messageOf(load({ sets: 'test' }))).toBe(
      "<tmp>: the image set 'test' is not there (<tmp>/ImageSets/Main/test.txt). Sets that are there: train.",
    );
    expect(await tmp.messageOf(load({ sets: [] }))).toContain('no image set is named');
    expect(await tmp.messageOf(load({ sets: ['train', 'train'] }))).toContain('is named twice');
  });

  test('what is no VOC folder', async () => {
    await tmp.write(['images/1.jpg', 'data.yaml']);
    expect(await tmp.messageOf(load())).toContain(
      "<tmp> is no VOC folder: a VOC folder has Annotations/*.xml, ImageSets/Main/*.txt and JPEGImages, or XML files beside their images, or is a devkit of such folders; there is 'data.yaml', 'images'.",
    );
    expect(await tmp.messageOf(load({ voc: tmp.at('no') }))).toContain('<tmp>/no does not exist');
    expect(await tmp.messageOf(load({ voc: tmp.at('data.yaml') }))).toContain('is a file');
  });

  test('unlabeled: annotations are not read', async () => {
    await folder({ a: 'no XML at all' });
    expect(await load({ unlabeled: true })).toMatchObject({
      categories: [],
      images: [{ id: 1, fileName: 'a.jpg', annotations: [] }],
    });
  });

  test('without a look for images, for evaluation', async () => {
    await folder({ a: xml('a.png', object('cat', box(1, 1, 9, 9))) });
    await rm(tmp.at('JPEGImages'), { recursive: true });
    expect(await tmp.messageOf(load())).toContain('<tmp>/JPEGImages does not exist');
    expect((await load({ checkImages: false })).images[0]?.fileName).toBe('a.png');
  });
});

describe('what is wrong is named by file and field', () => {
  test.each<[string, string, string, string]>([
    ['corner', box(1, 'x', 9, 9), 'object[0].bndbox.ymin: found "x"', 'corners that are no numbers'],
    ['NaN', box(1, 'nan', 9, 9), 'object[0].bndbox.ymin: found "nan"', 'corners that are no numbers'],
    ['hexadecimal', box(1, 1, '0x10', 9), 'found "0x10"', 'corners that are no numbers'],
    ['a missing corner', '<bndbox><xmin>1</xmin></bndbox>', 'object[0].bndbox.ymin: missing', 'corners'],
    ['no box', '<polygon/>', "object[0].bndbox: missing; 'cat' has <name> <polygon>", 'objects without one box'],
    ['two boxes', box(1, 1, 9, 9) + box(1, 1, 9, 9), 'found 2 of them', 'objects without one box'],
    ['a click', box(5, 5, 5, 5), 'object[0].bndbox (5, 5, 5, 5): found [4,4,0,0]: width 0', 'boxes of no size'],
    ['outside', box(1, 1, 200, 9), "which leaves the 100x50 image 'a.jpg' (id 1)", 'boxes outside their image'],
    ['a flag', `<difficult>yes</difficult>${box(1, 1, 9, 9)}`, 'object[0].difficult: found "yes"', 'difficult flags'],
  ])('%s', async (_, inner, found, kind) => {
    await oneObject(inner);
    const message = await tmp.messageOf(load());
    expect(message).toContain('<tmp>/Annotations/a.xml: 1 problem (');
    expect(message).toContain(found);
    expect(message).toContain(kind);
    expect(message.length).toBeLessThan(5_000);
    const skipped = await load({ onFault: 'skip' });
    expect(skipped.images).toHaveLength(1);
    expect(skipped.images[0]?.annotations).toEqual([]);
    expect(skipped.problems).toMatchObject({ total: 1, leftOut: { annotations: 1, images: 0 } });
  });

  test.each<[string, string, string, string]>([
    [
      'cut off',
      xml('a.jpg', '').slice(0, 80),
      'Missing end tag for element annotation (line 2, column 59)',
      'annotation files that are no XML',
    ],
    ['empty', ' \n', 'the file is empty', 'annotation files that are no XML'],
    ['JSON', '{}', '', 'annotation files that are no XML'],
    ['other XML', '<html/>', 'the outermost element is <html>', 'annotation files of another kind'],
    ['size', xml('a.jpg', '', '<size><width>-3</width></size>'), 'size.width: found "-3"', 'image sizes that are no'],
    ['deep', `<annotation>${'<a>'.repeat(100_000)}`, 'elements are nested too deeply', 'files that are no XML'],
    ['a long name', `<annotation><${'x'.repeat(100_000)}></annotation>`, 'xxx…', 'files that are no XML'],
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY b "x">]><annotation>&b;</annotation>', '', 'files that are no XML'],
  ])('a file that is %s', async (_, content, found, kind) => {
    await folder({ a: content, b: xml('b.jpg', object('cat', box(1, 1, 9, 9))) });
    const message = await tmp.messageOf(load());
    expect(message).toContain(`<tmp>/Annotations/a.xml: 1 problem (1 × `);
    expect(message).toContain(found);
    expect(message).toContain(kind);
    const skipped = await load({ onFault: 'skip' });
    expect(skipped.images.map(({ fileName }) => fileName)).toEqual(['b.jpg']);
    expect(skipped.problems.leftOut).toMatchObject({ images: 1, annotations: 0 });
  });

  test('bytes that are no text, and files that are something else', async () => {
    await folder({ a: '', b: xml('b.jpg', object('cat', box(1, 1, 9, 9))), c: '' });
    await tmp.write({ 'Annotations/a.xml': Uint8Array.of(0x3c, 0xff, 0xfe, 0x80) });
    await tmp.write({ 'Annotations/c.xml': new Uint8Array(16 * 2 ** 20 + 1) });
    const message = await tmp.messageOf(load());
    expect(message).toContain('a.xml: these bytes are no utf-8 text');
    expect(message).toContain('c.xml: the file has 16777217 bytes, more than 16 MiB: it is something else');
    expect(message).toContain('2 × annotation files that cannot be read');
  });

  test('another encoding is read as declared', async () => {
    const text = xml('a.jpg', object('caf\u00e9', box(1, 1, 9, 9))).replace('?>', ' encoding="ISO-8859-1"?>');
    await folder({ a: '' });
    await tmp.write({ 'Annotations/a.xml': Buffer.from(text, 'latin1') });
    expect((await load()).categories[0]?.name).toBe('café');
  });

  test('names without files, images that are missing or doubtful, names listed twice', async () => {
    const objects = object('cat', box(1, 1, 9, 9));
    await folder({
      a: xml('b.jpg', objects),
      b: xml('b.jpg', objects),
      c: xml('c.jpg', objects),
      e: xml('e', objects),
    });
    await tmp.write({ 'ImageSets/Main/train.txt': 'a\nb\nc\nb\nd\n../up\ne' });
    await rm(tmp.at('JPEGImages/c.jpg'));
    await rm(tmp.at('JPEGImages/e.jpg'));
    await tmp.write(['JPEGImages/e.png', 'JPEGImages/e.webp']);
    const message = await tmp.messageOf(load());
    for (const line of [
      '<tmp>/ImageSets/Main/train.txt: line 4: "b" is on line 2 already',
      '<tmp>/ImageSets/Main/train.txt: line 6: "../up" is no name',
      "'d' has no <tmp>/Annotations/d.xml",
      '<tmp>/Annotations/a.xml: filename: names b.jpg, but there is a.jpg beside it',
      '<tmp>/Annotations/c.xml: filename: c.jpg (or .png, …) is not in <tmp>/JPEGImages',
      '<tmp>/Annotations/e.xml: filename: e.png and e.webp are both in <tmp>/JPEGImages',
    ]) {
      expect(message).toContain(line);
    }
    const skipped = await load({ onFault: 'skip' });
    expect(skipped.images.map(({ fileName }) => fileName)).toEqual(['b.jpg']);
    expect(skipped.problems.leftOut.images).toBe(5);
  });

  test('degenerate: drop leaves out and cuts', async () => {
    await oneObject(box(5, 5, 5, 5) + '</object><object><name>cat</name>' + box(91, 41, 200, 60));
    expect(await load({ degenerate: 'drop' })).toMatchObject({
      dropped: 1,
      clipped: 1,
      images: [{ annotations: [{ id: 1, bbox: [90, 40, 10, 10] }] }],
    });
  });

  test('classes given: names outside of them', async () => {
    await oneObject(box(5, 5, 9, 9));
    expect(await tmp.messageOf(load({ classes: ['dog', 'Cat'] }))).toContain(
      `object[0].name: found "cat", which is none of the classes ('dog', 'Cat')`,
    );
    expect((await load({ classes: ['dog', 'cat'] })).images[0]?.annotations[0]?.category).toBe(1);
  });

  test('nothing left is an error also when faults are skipped', async () => {
    await folder({ a: '' });
    expect(await tmp.messageOf(load({ onFault: 'skip' }))).toContain('the file is empty');
    await tmp.write({ 'ImageSets/Main/train.txt': '\n' });
    expect(await tmp.messageOf(load())).toContain('the list is empty');
  });
});

const bccd = fileURLToPath(new URL('../../../../../shared/data/bccd/', import.meta.url));
(existsSync(bccd) ? describe : describe.skip)('BCCD in both layouts (SKIPPED where ../shared/data is absent)', () => {
  test.each([
    ['train', 1],
    ['val', 1],
    ['test', 0],
  ])('%s: the same samples, but for the boxes that are a click', async (set, clicks) => {
    const voc = await loadVoc({
      voc: `${bccd}voc`,
      sets: set,
      degenerate: 'drop',
      classes: ['RBC', 'WBC', 'Platelets'],
    });
    const coco = await loadCoco({
      annotations: `${bccd}annotations/instances_${set}.json`,
      images: `${bccd}voc/JPEGImages`,
    });
    expect([voc.dropped, voc.clipped]).toEqual([clicks, 0]);
    const samples = ({ images, categories }: typeof voc) =>
      new Map(
        images.map(({ fileName, path, width, height, annotations }) => [
          fileName,
          { path, width, height, boxes: annotations.map((a) => [categories[a.category]?.name, a.area, ...a.bbox]) },
        ]),
      );
    expect(samples(voc)).toEqual(samples(coco));
    expect(samples(coco).size).toBeGreaterThan(70);
  });

  test('clicks are problems where they are not dropped', async () => {
    const loading = loadVoc({ voc: `${bccd}voc`, sets: ['train', 'val'] });
    await expect(loading).rejects.toThrow(/2 problems \(2 × boxes of no size\)/);
  });
});
