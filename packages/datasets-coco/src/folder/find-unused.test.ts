import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import { openSource } from '../sources/open-source.ts';
import type { SourceSpec } from '../types.ts';
import { findUnused, unusedText } from './find-unused.ts';

const tmp = tempFolder({ beforeEach, afterEach });
const { at, write } = tmp;

async function unused(...specs: SourceSpec[]) {
  const used: string[] = [];
  for (const spec of specs) {
    used.push(
      ...(await openSource(spec, { unlabeled: 'where-absent', onFault: 'skip' })).images.map(({ path }) => path),
    );
  }
  const summary = await findUnused(specs, used);
  const counts = Object.fromEntries(
    summary.byKind.map(({ kind, examples }) => [
      kind,
      examples.map(({ file, found }) => `${file.slice(tmp.path.length + 1)}: ${found}`),
    ]),
  );
  expect(summary.total).toBe(Object.values(counts).flat().length);
  return counts;
}

test('a folder of images: every reason', async () => {
  await write([
    'a.jpg',
    'b.jp2',
    'sub/c.DNG',
    'sub/d.heif',
    'e.pfm',
    'notes.txt',
    'README',
    '.hidden.jpg',
    '.git/config',
    '.git/x.jpg',
  ]);
  await symlink(at('gone'), at('dead.jpg'));
  await symlink(tmp.path, at('loop'));
  execFileSync('mkfifo', [at('pipe.jpg')]);
  const found = await unused({ images: tmp.path });
  expect(found).toEqual({
    'pictures of a format that is not read': [
      'b.jp2: a JPEG 2000 picture',
      'e.pfm: a picture of floating-point values',
      'sub/c.DNG: a raw file of a camera',
      'sub/d.heif: a HEIC picture',
    ],
    'links and folders that are passed over': [
      'dead.jpg: a link to nothing',
      'loop: a link to a folder that is read already',
    ],
    'pipes, sockets and devices': ['pipe.jpg: a pipe, a socket or a device'],
    'hidden files and folders': ['.git: a hidden folder', '.hidden.jpg: a hidden file'],
    'files of other kinds': [
      'README: no picture by its name (no extension)',
      'notes.txt: no picture by its name (.txt)',
    ],
  });
});

test('of a glob what it matches, of a file nothing', async () => {
  await write(['a.jpg', 'b.jp2', 'c.txt', '.x.jp2', 'sub/d.jp2']);
  expect(await unused({ images: at('*.j*') })).toEqual({
    'pictures of a format that is not read': ['b.jp2: a JPEG 2000 picture'],
  });
  expect(await unused({ images: at('a.jpg') })).toEqual({});
});

test('YOLO: images that are not read, labels without an image', async () => {
  const image = await plainImage(8, 8);
  await write({
    'data.yaml': `path: ${tmp.path}\ntrain: images/train\nval: images/train\nnames: [a]\n`,
    'images/train/1.png': image,
    'images/train/2.BMP': image,
    'images/train/3.jp2': 'x',
    'labels/train/1.txt': '0 0.5 0.5 0.5 0.5\n',
    'labels/train/2.txt': '0 0.5 0.5 0.5 0.5\n',
    'labels/train/3.txt': '0 0.5 0.5 0.5 0.5\n',
    'labels/train/4.txt': '0 0.5 0.5 0.5 0.5\n',
    'labels/train/classes.txt': 'a\n',
    'labels/train.cache': 'x',
  });
  expect(await unused({ yolo: at('data.yaml') })).toEqual({
    'pictures of a format that is not read': ['images/train/3.jp2: a JPEG 2000 picture'],
    'label files without an image that is used': [
      `labels/train/3.txt: no image that is used has its name (it would be in ${at('images/train')})`,
      `labels/train/4.txt: no image that is used has its name (it would be in ${at('images/train')})`,
    ],
  });
});

test('YOLO with the labels beside the images', async () => {
  await write({
    'data.yaml': `path: ${tmp.path}\ntrain: all\nval: all\nnames: [a]\n`,
    'all/1.png': await plainImage(8, 8),
    'all/1.txt': '0 0.5 0.5 0.5 0.5\n',
    'all/2.txt': '0 0.5 0.5 0.5 0.5\n',
    'all/classes.txt': 'a\n',
  });
  expect(await unused({ yolo: at('data.yaml') })).toEqual({
    'label files without an image that is used': ['all/2.txt: no image has its name'],
    'files of other kinds': ['all/classes.txt: no picture by its name (.txt)'],
  });
});

test('COCO: images without an entry, unless another source of the same folder has one; its own JSON is used', async () => {
  const coco = (name: string, id: number) =>
    JSON.stringify({ images: [{ id, file_name: name }], annotations: [], categories: [{ id: 1, name: 'a' }] });
  await write(['images/a.jpg', 'images/b.jpg', 'images/sub/c.jpg', 'images/d.psd']);
  await write({ 'images/train.json': coco('a.jpg', 1), 'val.json': coco('sub/c.jpg', 2) });
  const train = { annotations: at('images/train.json'), images: at('images') };
  const val = { annotations: at('val.json'), images: at('images') };
  expect(await unused(train)).toEqual({
    'pictures of a format that is not read': ['images/d.psd: a Photoshop document'],
    'images without an entry that is used': ['images/b.jpg: no entry names it', 'images/sub/c.jpg: no entry names it'],
  });
  expect((await unused(train, val))['images without an entry that is used']).toEqual([
    'images/b.jpg: no entry names it',
  ]);
  expect(await unused(train, { images: at('images') })).not.toHaveProperty('images without an entry that is used');
});

test('COCO: the JSON of another source is used too, and a folder of two sources is told of once', async () => {
  const coco = (name: string) =>
    JSON.stringify({ images: [{ id: 1, file_name: name }], annotations: [], categories: [{ id: 1, name: 'a' }] });
  await write(['images/a.jpg', 'images/b.jpg', 'images/c.jpg', 'images/notes.json', 'images/.hidden.jpg']);
  await write({ 'images/train.json': coco('a.jpg'), 'images/val.json': coco('b.jpg') });
  const train = { annotations: at('images/train.json'), images: at('images') };
  const val = { annotations: [at('images/sub/../val.json')], images: at('images/') };
  const expected = {
    'images without an entry that is used': ['images/c.jpg: no entry names it'],
    'hidden files and folders': ['images/.hidden.jpg: a hidden file'],
    'files of other kinds': ['images/notes.json: no picture by its name (.json)'],
  };
  expect(await unused(train, val)).toEqual(expected);
  expect(await unused(val, train)).toEqual(expected);
  expect((await unused(train))['files of other kinds']).toEqual([
    'images/notes.json: no picture by its name (.json)',
    'images/val.json: no picture by its name (.json)',
  ]);
  const { 'files of other kinds': besides } = await unused(train, val, { images: at('images') });
  expect(besides).toEqual(expected['files of other kinds']);
});

test('COCO: an image that is named through a link is used', async () => {
  await write(['images/real/a.jpg']);
  await symlink(at('images/real'), at('images/link'));
  const json = { images: [{ id: 1, file_name: 'link/a.jpg' }], annotations: [], categories: [{ id: 1, name: 'a' }] };
  await write({ 'a.json': JSON.stringify(json) });
  expect(await unused({ annotations: at('a.json'), images: at('images') })).toEqual({
    'links and folders that are passed over': ['images/link: a link to a folder that is read already'],
  });
});

test('VOC: images in no image set, annotations without an image; those of other sets are not told of', async () => {
  const xml = (name: string) =>
    `<annotation><filename>${name}.jpg</filename><size><width>8</width><height>8</height></size></annotation>`;
  for (const folder of ['Annotations', 'ImageSets/Main', 'JPEGImages']) await mkdir(at(folder), { recursive: true });
  await write({
    'Annotations/1.xml': xml('1'),
    'Annotations/2.xml': xml('2'),
    'Annotations/9.xml': xml('9'),
    'ImageSets/Main/train.txt': '1\n',
    'ImageSets/Main/val.txt': '2\n',
  });
  await write(['JPEGImages/1.jpg', 'JPEGImages/2.jpg', 'JPEGImages/3.jpg', 'JPEGImages/4.jp2']);
  expect(await unused({ voc: tmp.path, sets: 'train' })).toEqual({
    'pictures of a format that is not read': ['JPEGImages/4.jp2: a JPEG 2000 picture'],
    'images without an entry that is used': ['JPEGImages/3.jpg: no image set names it'],
    'label files without an image that is used': ['Annotations/9.xml: no image has its name'],
  });
});

/** With a class, so that the folder has one. */
const boxed = (name: string) =>
  `<annotation><filename>${name}.jpg</filename><size><width>8</width><height>8</height></size><object><name>a</name>` +
  '<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object></annotation>';

test('VOC: two sets of a devkit are told of as one', async () => {
  for (const year of ['VOC2007', 'VOC2012']) {
    await write({
      [`${year}/Annotations/1.xml`]: boxed('1'),
      [`${year}/Annotations/2.xml`]: boxed('2'),
      [`${year}/Annotations/9.xml`]: boxed('9'),
      [`${year}/ImageSets/Main/train.txt`]: '1\n',
      [`${year}/ImageSets/Main/val.txt`]: '2\n',
    });
    await write(['1', '2', '3'].map((name) => `${year}/JPEGImages/${name}.jpg`));
  }
  const expected = {
    'images without an entry that is used': ['VOC2007/JPEGImages/3.jpg: no image set names it'],
    'label files without an image that is used': ['VOC2007/Annotations/9.xml: no image has its name'],
  };
  const [train, val] = ['VOC2007/train', 'VOC2007/val'];
  expect(await unused({ voc: tmp.path, sets: train })).toEqual(expected);
  expect(await unused({ voc: tmp.path, sets: train }, { voc: tmp.path, sets: val })).toEqual(expected);
  expect(await unused({ voc: tmp.path, sets: [train, val] })).toEqual(expected);
});

test.each([
  ['XML files beside their images', '', ''],
  ['XML files in labels/, the images above', 'labels/', ''],
  ['XML files in xml/, the images in images/', 'xml/', 'images/'],
  ['XML files above, the images in images/', '', 'images/'],
])('VOC without image sets: %s', async (_, xml, images) => {
  await write({ [`${xml}1.xml`]: boxed('1'), [`${xml}2.XML`]: boxed('2'), [`${images}1.jpg`]: 'x' });
  await write([`${images}3.jpg`, `${images}4.jp2`, `${images}notes.txt`]);
  const used = [at(`${images}1.jpg`)];
  const { byKind } = await findUnused([{ voc: tmp.path }], used);
  const found = byKind.flatMap(({ kind, examples }) => examples.map(({ file, found: what }) => [kind, file, what]));
  expect(found).toEqual([
    ['pictures of a format that is not read', at(`${images}4.jp2`), 'a JPEG 2000 picture'],
    ['images without an entry that is used', at(`${images}3.jpg`), 'no annotation of it is used'],
    ['label files without an image that is used', at(`${xml}2.XML`), 'no image has its name'],
    ['files of other kinds', at(`${images}notes.txt`), 'no picture by its name (.txt)'],
  ]);
});

test('as a phrase', async () => {
  await write(['a.jpg', 'b.jp2', 'c.jp2', 'd.txt']);
  const spec = { images: tmp.path };
  expect(unusedText(await findUnused([spec], [join(tmp.path, 'a.jpg')]))).toBe(
    '2 × pictures of a format that is not read, 1 × files of other kinds',
  );
});
