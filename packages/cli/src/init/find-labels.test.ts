import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findLabels } from './find-labels.ts';

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'sed-find-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Files with nothing in them, or with this text. */
function put(...files: (string | [string, string])[]): void {
  for (const file of files) {
    const [name, text] = typeof file === 'string' ? [file, ''] : file;
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}
const coco = (...names: string[]) =>
  JSON.stringify({ images: names.map((file_name, id) => ({ id, file_name })), annotations: [], categories: [] });
const find = (path = '.', images?: string) => {
  const found = findLabels(join(root, path), images === undefined ? undefined : join(root, images));
  return JSON.parse(JSON.stringify(found).replaceAll(`${root}/`, '').replaceAll(root, '.')) as typeof found;
};

describe('COCO', () => {
  test('a JSON file beside its images', () => {
    put('a.jpg', ['labels.json', coco('a.jpg')], ['notes.json', '{"images": 3}'], ['broken.json', '{']);
    const source = { annotations: 'labels.json', images: '.' };
    expect(find()).toEqual({ format: 'COCO', labeled: [source], validation: [], passedOver: [] });
    expect(find('labels.json').labeled).toEqual([source]);
  });

  test('an export of Roboflow: a part in each folder', () => {
    for (const part of ['train', 'valid', 'test'])
      put(`${part}/a.jpg`, [`${part}/_annotations.coco.json`, coco('a.jpg')]);
    expect(find()).toEqual({
      format: 'COCO',
      labeled: [{ annotations: 'train/_annotations.coco.json', images: 'train' }],
      validation: [{ annotations: 'valid/_annotations.coco.json', images: 'valid' }],
      passedOver: ['test/_annotations.coco.json'],
    });
  });

  test('COCO’s own layout: its boxes, not its captions', () => {
    put('train2017/a.jpg', 'val2017/b.jpg');
    put(['annotations/instances_train2017.json', coco('a.jpg')], ['annotations/instances_val2017.json', coco('b.jpg')]);
    put(['annotations/captions_train2017.json', coco('a.jpg')]);
    expect(find()).toEqual({
      format: 'COCO',
      labeled: [{ annotations: 'annotations/instances_train2017.json', images: 'train2017' }],
      validation: [{ annotations: 'annotations/instances_val2017.json', images: 'val2017' }],
      passedOver: ['annotations/captions_train2017.json'],
    });
  });

  test('what may be a part of the others is left alone', () => {
    put('images/a.jpg', 'images/b.jpg');
    for (const set of ['tiny', 'train', 'val']) put([`annotations/instances_${set}.json`, coco('a.jpg', 'b.jpg')]);
    expect(find()).toMatchObject({
      labeled: [{ annotations: 'annotations/instances_train.json', images: 'images' }],
      validation: [{ annotations: 'annotations/instances_val.json', images: 'images' }],
      passedOver: ['annotations/instances_tiny.json'],
    });
  });

  test('names with folders, files of one image folder, a folder of a validation set alone', () => {
    put('images/x/a.jpg', ['result.json', coco('images/x/a.jpg')], ['more.json', coco('images/x/a.jpg')]);
    expect(find().labeled).toEqual([{ annotations: ['more.json', 'result.json'], images: '.' }]);
    put('only/images/b.jpg', ['only/annotations/val.json', coco('b.jpg')]);
    expect(find('only')).toMatchObject({
      labeled: [{ annotations: 'only/annotations/val.json', images: 'only/images' }],
      validation: [],
    });
  });

  test('images elsewhere are asked for, and taken as said', () => {
    put('elsewhere/a.jpg', ['far/away/labels.json', coco('a.jpg')]);
    expect(() => find('far/away')).toThrow(
      /labels\.json: its images \(a\.jpg, …\) are neither beside it .*--images <folder>/,
    );
    expect(find('far/away', 'elsewhere').labeled).toEqual([
      { annotations: 'far/away/labels.json', images: 'elsewhere' },
    ]);
  });
});

describe('VOC', () => {
  const sets = (...names: string[]) => put(...names.map((name) => `ImageSets/Main/${name}.txt`));
  test.each<[string[], object]>([
    [
      ['train', 'val', 'trainval', 'cat_train'],
      { labeled: [{ voc: '.', sets: ['train'] }], validation: [{ voc: '.', sets: ['val'] }] },
    ],
    [['trainval', 'test'], { labeled: [{ voc: '.', sets: ['trainval'] }], validation: [], passedOver: ['test'] }],
    [['default'], { labeled: [{ voc: '.', sets: ['default'] }], validation: [] }],
  ])('image sets %j', (names, expected) => {
    sets(...names);
    put('Annotations/a.xml', 'JPEGImages/a.jpg');
    expect(find()).toMatchObject({ format: 'VOC', ...expected });
  });

  test('a devkit of years', () => {
    put(
      'VOC2007/ImageSets/Main/trainval.txt',
      'VOC2012/ImageSets/Main/trainval.txt',
      'VOC2007/ImageSets/Main/test.txt',
    );
    expect(find()).toMatchObject({
      labeled: [{ voc: '.', sets: ['VOC2007/trainval', 'VOC2012/trainval'] }],
      passedOver: ['VOC2007/test'],
    });
  });

  test('XML files beside their images, in two folders, and in parts', () => {
    put('flat/a.xml', 'flat/a.jpg');
    expect(find('flat')).toEqual({ format: 'VOC', labeled: [{ voc: 'flat' }], validation: [], passedOver: [] });
    put('two/Annotations/a.xml', 'two/images/a.jpg');
    expect(find('two').labeled).toEqual([{ voc: 'two' }]);
    put('parts/train/a.xml', 'parts/train/a.jpg', 'parts/valid/b.xml', 'parts/valid/b.jpg');
    expect(find('parts')).toMatchObject({
      labeled: [{ voc: 'parts', sets: ['train'] }],
      validation: [{ voc: 'parts', sets: ['valid'] }],
    });
  });
});

describe('YOLO', () => {
  test('a data.yaml with its sets', () => {
    put(['data.yaml', 'train: images/train\nval: images/val\nnames: [a, b]\n'], ['other.yaml', 'names: [c]\n']);
    expect(find()).toEqual({
      format: 'YOLO',
      labeled: [{ yolo: 'data.yaml', set: 'train' }],
      validation: [{ yolo: 'data.yaml', set: 'val' }],
      passedOver: [],
    });
    put(['one/cells.yml', 'train: images\nnames:\n  0: a\n']);
    expect(find('one')).toMatchObject({ labeled: [{ yolo: 'one/cells.yml', set: 'train' }], validation: [] });
    expect(find('one/cells.yml').labeled).toEqual([{ yolo: 'one/cells.yml', set: 'train' }]);
  });

  test('text files without one: what to write', () => {
    put('images/a.jpg', 'labels/a.txt');
    expect(() => find()).toThrow(/no labels that are known: COCO .* write a data\.yaml/);
  });
});

test('what is no data says what is there', () => {
  put('a.jpg', 'b.JPG');
  expect(() => find()).toThrow(/There are 2 images without labels/);
  put('labels.csv');
  expect(() => find()).toThrow(/labels\.csv is a table: export the labels as COCO JSON/);
  expect(() => find('labels.csv')).toThrow(/is no file of annotations that is known/);
  expect(() => find('nowhere')).toThrow(/does not exist/);
});
