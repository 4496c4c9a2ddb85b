import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import type { SourceSpec } from '../types.ts';
import { openSource, type OpenSourceOptions, type OpenedSource } from './open-source.ts';

const tmp = tempFolder({ beforeEach, afterEach });

let image: Buffer;
beforeAll(async () => {
  image = await plainImage(100, 50);
});

/** COCO: one object a class, on images with these ids; ids of the categories are 10, 20, … */
async function coco(name: string, classes: readonly string[], ids: readonly number[] = [1, 2]): Promise<SourceSpec> {
  const categories = classes.map((c, i) => ({ id: (i + 1) * 10, name: c }));
  const annotations = categories.map((c, i) => ({
    id: i + 1,
    image_id: ids[i % ids.length],
    category_id: c.id,
    bbox: [i, 1, 10, 10],
  }));
  const images = ids.map((id) => ({ id, file_name: `${id}.png`, width: 100, height: 50 }));
  await tmp.write({ [`${name}.json`]: JSON.stringify({ images, annotations, categories }) });
  await tmp.write(ids.map((id) => `${name}/${id}.png`));
  return { annotations: tmp.at(`${name}.json`), images: tmp.at(name) };
}
async function voc(name: string, classes: readonly string[]): Promise<SourceSpec> {
  const objects = classes.map(
    (c, i) =>
      `<object><name>${c}</name><bndbox><xmin>${i + 1}</xmin><ymin>2</ymin><xmax>${i + 10}</xmax><ymax>11</ymax></bndbox></object>`,
  );
  await tmp.write({
    [`${name}/ImageSets/Main/train.txt`]: 'x\n',
    [`${name}/Annotations/x.xml`]: `<annotation><size><width>100</width><height>50</height></size>${objects.join('')}</annotation>`,
    [`${name}/JPEGImages/x.jpg`]: 'x',
  });
  return { voc: tmp.at(name), sets: 'train' };
}
async function yolo(name: string, classes: readonly string[]): Promise<SourceSpec> {
  await tmp.write({
    [`${name}/data.yaml`]: `train: images\nnames: ${JSON.stringify(classes)}\n`,
    [`${name}/images/1.png`]: image,
    [`${name}/labels/1.txt`]: classes.map((_, i) => `${i} 0.05 0.12 0.1 0.2`).join('\n'),
  });
  return { yolo: tmp.at(name, 'data.yaml') };
}

const HOW =
  '→ name the classes once (classes), say what a source calls differently (renameClasses: { "aeroplane": "airplane" }) and what is to be ' +
  "left out (leaveOutClasses: names, or 'others' for all that classes does not name)";
const classes = (data: OpenedSource) => data.categories.map(({ id, name }) => `${id} ${name}`);
const labels = (data: OpenedSource) =>
  data.images.map(({ id, annotations }) => [id, ...annotations.map((a) => data.categories[a.category]?.name)]);
const messageOf = (spec: SourceSpec | SourceSpec[], options?: OpenSourceOptions) =>
  tmp.messageOf(openSource(spec, options));
const clean = (texts: readonly string[]) => texts.map((text) => text.replaceAll(tmp.path, '<tmp>'));

test('one source is what its loader gives', async () => {
  const data = await openSource(await coco('a', ['cat', 'dog']));
  expect(classes(data)).toEqual(['10 cat', '20 dog']);
  expect(labels(data)).toEqual([
    [1, 'cat'],
    [2, 'dog'],
  ]);
  expect(data).toMatchObject({ source: tmp.at('a.json'), remarks: [], dropped: 0, problems: { total: 0 } });
});

test('COCO, VOC and YOLO as one: classes by name, ids renumbered where they collide', async () => {
  const specs = [await coco('a', ['cat', 'dog']), await voc('v', ['dog']), await yolo('y', ['dog', 'cat'])];
  const data = await openSource(specs);
  expect(classes(data)).toEqual(['10 cat', '20 dog']);
  expect(labels(data)).toEqual([
    [1, 'cat'],
    [2, 'dog'],
    [3, 'dog'],
    [4, 'dog', 'cat'],
  ]);
  expect(data.images.flatMap(({ annotations }) => annotations.map(({ id }) => id))).toEqual([1, 2, 3, 4, 5]);
  expect(data.source).toBe(['a.json', 'v (train)', 'y/data.yaml (train)'].map((name) => tmp.at(name)).join(' + '));
  expect(clean(data.remarks)).toEqual([
    'The images of <tmp>/v (train) are numbered from 3: their own ids are those of other images in <tmp>/a.json (1 is one).',
    'The images of <tmp>/y/data.yaml (train) are numbered from 4: their own ids are those of other images in <tmp>/a.json (1 is one).',
  ]);
});

test('ids that do not collide stay', async () => {
  const data = await openSource([await coco('b', ['cat'], [7, 9]), await coco('a', ['cat'], [8, 2])]);
  expect(data.images.map(({ id, fileName }) => [id, fileName])).toEqual([
    [2, '2.png'],
    [7, '7.png'],
    [8, '8.png'],
    [9, '9.png'],
  ]);
  expect(data.remarks).toEqual([]);
});

test('the same images twice are told of', async () => {
  const one = await coco('a', ['cat']);
  const data = await openSource([one, one]);
  expect(data.images).toHaveLength(4);
  expect(clean(data.remarks).join('\n')).toContain(
    '2 images of <tmp>/a.json are also in <tmp>/a.json (<tmp>/a/1.png is one): they are there twice',
  );
});

describe('classes that are not named', () => {
  test('must be the same; near misses are told', async () => {
    const specs = [
      await coco('a', ['airplane', 'cat', 'Dog']),
      await voc('v', ['aeroplane', 'cat']),
      await yolo('y', ['cat', 'dog']),
    ];
    expect(await messageOf(specs)).toBe(
      [
        'The sources do not name the same classes; compared with <tmp>/a.json:',
        "  only in <tmp>/v (train): 'aeroplane'",
        "    spelled differently: 'aeroplane' and 'airplane'",
        "  only in <tmp>/y/data.yaml (train): 'dog'",
        "  not in <tmp>/y/data.yaml (train): 'airplane', 'Dog'",
        "    spelled differently: 'dog' and 'Dog' (they differ in case)",
        HOW,
      ].join('\n'),
    );
    const data = await openSource(specs.slice(0, 2), { renameClasses: { aeroplane: 'airplane' } });
    expect(labels(data)).toEqual([
      [1, 'airplane', 'Dog'],
      [2, 'cat'],
      [3, 'airplane', 'cat'],
    ]);
  });

  test('VOC folders alone: the names of all, sorted', async () => {
    const data = await openSource([await voc('v', ['zebra', 'cat']), await voc('w', ['mouse'])]);
    expect(classes(data)).toEqual(['1 cat', '2 mouse', '3 zebra']);
    expect(labels(data)).toEqual([
      [1, 'zebra', 'cat'],
      [2, 'mouse'],
    ]);
  });

  test('VOC’s own folders: the twenty', async () => {
    const data = await openSource([await voc('VOC2007', ['dog']), await voc('VOC2012', ['cat'])]);
    expect(data.categories).toHaveLength(20);
    expect(labels(data)).toEqual([
      [1, 'dog'],
      [2, 'cat'],
    ]);
  });

  test('some left out', async () => {
    const specs = [await coco('a', ['cat', 'dog', 'fish']), await voc('v', ['cat', 'dog'])];
    const data = await openSource(specs, { leaveOutClasses: ['fish'] });
    expect(classes(data)).toEqual(['10 cat', '20 dog']);
    expect(data.images[0]?.annotations).toHaveLength(1);
    expect(clean(data.remarks)[0]).toBe(
      "<tmp>/a.json: 1 of its 3 classes are left out with their 1 objects ('fish'); the images stay, and such objects in them count as background.",
    );
  });
});

describe('classes that are named', () => {
  test('in their order, with COCO’s ids', async () => {
    const data = await openSource(await coco('a', ['cat', 'dog']), { classes: ['dog', 'cat'] });
    expect(classes(data)).toEqual(['20 dog', '10 cat']);
    expect(data.images.map(({ annotations }) => annotations[0]?.category)).toEqual([1, 0]);
  });

  test('names of a source that are not among them are an error, by source', async () => {
    const specs = [await coco('a', ['cat', 'dog', 'fish', 'horse']), await yolo('y', ['cat', 'dogs'])];
    expect(await messageOf(specs, { classes: ['cat', 'dog'] })).toBe(
      [
        'The classes of the sources are not those that are named:',
        "  <tmp>/a.json: not among the classes: 'fish', 'horse'",
        "  <tmp>/y/data.yaml (train): not among the classes: 'dogs'",
        "    spelled differently: 'dogs' may be 'dog'",
        "    without a counterpart there: 'dog'",
        HOW,
      ].join('\n'),
    );
    const settings = { classes: ['cat', 'dog'], renameClasses: { dogs: 'dog' } };
    for (const leaveOutClasses of ['others', ['fish', 'horse']] as const) {
      const data = await openSource(specs, { ...settings, leaveOutClasses });
      expect(labels(data)).toEqual([
        [1, 'cat'],
        [2, 'dog'],
        [3, 'cat', 'dog'],
      ]);
      expect(clean(data.remarks)[0]).toContain('2 of its 4 classes are left out with their 2 objects');
    }
  });

  test('others does not leave out what is probably meant', async () => {
    const spec = await voc('v', ['aeroplane', 'cat', 'table']);
    const settings = { classes: ['airplane', 'cat'], leaveOutClasses: 'others' as const };
    expect(await messageOf(spec, settings)).toContain(
      "<tmp>/v (train): 'others' would leave out what may be meant: 'aeroplane' may be 'airplane'",
    );
    const listed = await openSource(spec, { ...settings, leaveOutClasses: ['aeroplane', 'table'] });
    expect(labels(listed)).toEqual([[1, 'cat']]);
    const renamed = await openSource(spec, { ...settings, renameClasses: { aeroplane: 'airplane' } });
    expect(labels(renamed)).toEqual([[1, 'airplane', 'cat']]);
  });

  test('a source without any of them is an error, one without some a remark', async () => {
    const spec = await yolo('y', ['cat', 'dog']);
    expect(await messageOf(spec, { classes: ['horse'], leaveOutClasses: 'others' })).toContain(
      "none of the classes ('horse') is there; it has 'cat', 'dog'",
    );
    const data = await openSource(spec, { classes: ['cat', 'dog', 'horse'] });
    expect(clean(data.remarks)).toEqual([
      "<tmp>/y/data.yaml (train) has no class 'horse': such objects in its images count as background.",
    ]);
    expect((await openSource(await voc('v', ['cat']), { classes: ['cat', 'dog'] })).remarks).toEqual([]);
  });

  test('two that become one', async () => {
    const data = await openSource(await coco('a', ['car', 'truck', 'cat']), {
      classes: ['vehicle', 'cat'],
      renameClasses: { car: 'vehicle', truck: 'vehicle' },
    });
    expect(classes(data)).toEqual(['10 vehicle', '30 cat']);
    expect(labels(data)).toEqual([
      [1, 'vehicle', 'cat'],
      [2, 'vehicle'],
    ]);
  });

  test('ids count from 1 where COCO files do not agree, or do not have all', async () => {
    const specs = [await coco('a', ['cat', 'dog']), await coco('b', ['dog', 'cat'])];
    expect(classes(await openSource(specs))).toEqual(['1 cat', '2 dog']);
    expect(classes(await openSource(specs[0]!, { classes: ['dog', 'cat', 'fish'] }))).toEqual([
      '1 dog',
      '2 cat',
      '3 fish',
    ]);
  });

  test('settings that contradict each other', async () => {
    const spec = await coco('a', ['cat']);
    expect(await messageOf(spec, { classes: [] })).toContain('classes is an empty list');
    expect(await messageOf(spec, { classes: ['cat', 'cat'] })).toContain("classes has 'cat' twice");
    expect(await messageOf(spec, { classes: ['cat'], leaveOutClasses: ['cat'] })).toContain('both in classes and in');
    expect(await messageOf(spec, { leaveOutClasses: 'others' })).toContain('no classes are named');
    expect(await messageOf(spec, { classes: ['person'], renameClasses: { cat: 'persn' } })).toBe(
      "renameClasses makes 'cat' 'persn', which is none of classes; did you mean 'person'?",
    );
    expect(await messageOf([])).toContain('The list of sources is empty');
  });
});

describe('without labels', () => {
  test('images alone beside labeled ones would be background', async () => {
    await tmp.write(['photos/1.jpg', 'photos/2.jpg']);
    const specs = [await coco('a', ['cat']), { images: tmp.at('photos') }];
    expect(await messageOf(specs)).toContain(
      '<tmp>/photos has images without annotations, but <tmp>/a.json has annotations: together every object in the former would count as background.',
    );
    const known = await openSource(specs, { unlabeled: 'where-absent' });
    expect(labels(known)).toEqual([[1, 'cat'], [2], [3], [4]]);
    const none = await openSource(specs, { unlabeled: true });
    expect(none.categories).toEqual([]);
    expect(labels(none)).toEqual([[1], [2], [3], [4]]);
    expect(await openSource({ images: tmp.at('photos') })).toMatchObject({ categories: [], images: [{}, {}] });
  });

  test('a COCO file without annotations (image_info_unlabeled2017.json)', async () => {
    await tmp.write({ 'info.json': JSON.stringify({ images: [{ id: 3, file_name: '3.png' }], categories: [] }) });
    await tmp.write(['a/3.png']);
    const spec = { annotations: tmp.at('info.json'), images: tmp.at('a') };
    expect(await messageOf(spec)).toContain('annotations: missing');
    expect(await openSource(spec, { unlabeled: 'where-absent' })).toMatchObject({
      categories: [],
      images: [{ id: 3 }],
    });
  });
});

test('faults of all sources are counted together', async () => {
  const specs = [await coco('a', ['cat', 'dog']), await yolo('y', ['cat', 'dog'])];
  await tmp.write({ 'y/labels/1.txt': '0 0.05 0.12 0.1 0.2\n7 0.1 0.1 0.1 0.1\n1 0.5 0.5 0 0' });
  expect(await messageOf(specs)).toContain('class 7, but the yaml has 2 names');
  const data = await openSource(specs, { onFault: 'skip', degenerate: 'drop' });
  expect(data).toMatchObject({ dropped: 1, problems: { total: 1, leftOut: { annotations: 1 } }, notes: { total: 1 } });
});
