import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_PROBLEMS } from '../problems.ts';
import { loadCoco } from './load-coco.ts';
import { writeCoco } from './write-coco.ts';

let folder: string;
let images: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-coco-'));
  images = join(folder, 'images');
  file = join(folder, 'a.json');
  await mkdir(images);
  // Only looked for, never opened.
  for (const name of ['1.jpg', '2.jpg', '3.jpg']) await writeFile(join(images, name), 'x');
});
afterEach(() => rm(folder, { recursive: true }));

type Json = { images: object[]; annotations: Record<string, unknown>[]; categories: object[] };

const good = (): Json => ({
  images: [
    { id: 20, file_name: '2.jpg', width: 100, height: 50 },
    { id: 10, file_name: '1.jpg', width: 100, height: 50 },
  ],
  annotations: [
    { id: 5, image_id: 20, category_id: 9, bbox: [1, 2, 3, 4], area: 10, iscrowd: 0 },
    { id: 4, image_id: 20, category_id: 3, bbox: [0, 0, 100, 50], iscrowd: 1 },
    { id: 6, image_id: 10, category_id: 9, bbox: [5, 5, 5, 5], area: 25 },
  ],
  categories: [
    { id: 9, name: 'cat' },
    { id: 3, name: 'dog' },
  ],
});

const write = (json: unknown, to = file) => writeFile(to, typeof json === 'string' ? json : JSON.stringify(json));
const load = (options: Partial<Parameters<typeof loadCoco>[0]> = {}) =>
  loadCoco({ annotations: file, images, ...options });
async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing was thrown'),
    (reason: Error) => reason,
  );
  return error.message.replaceAll(folder, '<tmp>');
}

test('images and categories in id order, annotations in file order, category as index', async () => {
  await write(good());
  expect(await load()).toEqual({
    source: file,
    categories: [
      { id: 3, name: 'dog' },
      { id: 9, name: 'cat' },
    ],
    images: [
      {
        id: 10,
        path: join(images, '1.jpg'),
        fileName: '1.jpg',
        width: 100,
        height: 50,
        annotations: [{ id: 6, bbox: [5, 5, 5, 5], category: 1, area: 25, crowd: false }],
      },
      {
        id: 20,
        path: join(images, '2.jpg'),
        fileName: '2.jpg',
        width: 100,
        height: 50,
        annotations: [
          { id: 5, bbox: [1, 2, 3, 4], category: 1, area: 10, crowd: false },
          { id: 4, bbox: [0, 0, 100, 50], category: 0, area: 5000, crowd: true },
        ],
      },
    ],
    roots: [images],
    dropped: 0,
    clipped: 0,
    problems: NO_PROBLEMS,
  });
});

test('a file of unlabeled images needs neither annotations nor categories, and its annotations are not read', async () => {
  await write({ images: good().images });
  expect(await messageOf(load())).toBe(
    '<tmp>/a.json: 2 problems (2 × missing list)\n' +
      '  categories: missing; the file has: images\n' +
      '  annotations: missing; the file has: images\n' +
      "→ add the list; for a file of unlabeled images load it with 'unlabeled: true'",
  );
  expect((await load({ unlabeled: true })).images).toHaveLength(2);
  await write({ ...good(), annotations: [{ broken: true }] });
  expect((await load({ unlabeled: true })).images.every(({ annotations }) => annotations.length === 0)).toBe(true);
});

describe('several files', () => {
  const second = () => ({
    images: [{ id: 30, file_name: '3.jpg', width: 10, height: 10 }],
    annotations: [{ id: 5, image_id: 30, category_id: 3, bbox: [0, 0, 5, 5] }],
    categories: good().categories.reverse(),
  });
  const both = () => load({ annotations: [file, join(folder, 'b.json')] });

  test('are merged; annotation ids that occur twice are numbered anew', async () => {
    await write(good());
    await write(second(), join(folder, 'b.json'));
    const { source, images: merged } = await both();
    expect(source).toBe(`${file} + ${join(folder, 'b.json')}`);
    expect(merged.map(({ id }) => id)).toEqual([10, 20, 30]);
    expect(merged.flatMap(({ annotations }) => annotations.map(({ id }) => id))).toEqual([6, 5, 4, 7]);
  });

  test('must agree on the categories', async () => {
    await write(good());
    await write(
      {
        ...second(),
        categories: [
          { id: 3, name: 'dog' },
          { id: 8, name: 'cow' },
        ],
      },
      join(folder, 'b.json'),
    );
    expect(await messageOf(both())).toBe(
      '<tmp>/b.json: 1 problem (1 × categories that do not agree)\n' +
        '  categories: differ from those of <tmp>/a.json: only here 8 cow; only there 9 cat\n' +
        '→ files that are loaded together need the same categories with the same ids',
    );
  });

  test('must not share image ids', async () => {
    await write(good());
    await write({ ...second(), images: [{ id: 10, file_name: '3.jpg' }], annotations: [] }, join(folder, 'b.json'));
    expect(await messageOf(both())).toContain("images[0].id: 10 is also the id of '1.jpg' in <tmp>/a.json");
  });

  test('are at least one', async () => {
    expect(await messageOf(load({ annotations: [] }))).toBe(
      'annotations is an empty list: name at least one COCO JSON file.',
    );
  });
});

describe('files that are no JSON', () => {
  test.each<[string, string, string]>([
    [
      'cut off in a number',
      '{"images": [{"id": 1',
      '<tmp>/a.json is cut off: the JSON ends in the middle, at line 1, column 21 (its last characters are ' +
        '"{\\"images\\": [{\\"id\\": 1"). Copy or download it again.',
    ],
    ['cut off in a name', '{\n "images": [{"file_na', 'is cut off: the JSON ends in the middle, at line 2, column 22'],
    ['cut off after a comma', '{"images": [1, ', 'is cut off'],
    ['cut off in a word', '{"images": tru', 'is cut off'],
    [
      "Python's NaN",
      '{"images": [],\n"annotations": [{"bbox": [1, 2, NaN, 4]}]}',
      '<tmp>/a.json is not JSON: unexpected text at line 2, column 33, near "\\": [{\\"bbox\\": [1, 2, NaN, 4]}]}". ' +
        "NaN is Python's spelling and no JSON: find those values where the file is written (json.dump with allow_nan=False raises).",
    ],
    ["Python's -Infinity", '[-Infinity]', "-Infinity is Python's spelling"],
    ['a trailing comma', '{"images": [1,]}', 'is not JSON: unexpected text at line 1, column 15, near'],
    ['a comma too many', '{"images": [], }', 'JSON has no comma after the last entry'],
    ['a comment', '{ // made by hand\n"images": []}', 'JSON has no comments'],
    ['a comment in a list', '{"images": [/* none */]}', 'JSON has no comments'],
    ["Python's print", "{'images': []}", "JSON's strings have double quotes: this looks like print() of Python"],
    ["Python's True", '{"annotations": [{"iscrowd": True}]}', 'True, False and None are Python'],
    ['JSON Lines', '{"id": 1}\n{"id": 2}\n', 'as in JSON Lines (one object a line)'],
    ['a web page', '<html>', 'is a web page: a download went wrong.'],
    ['VOC', '<annotation><folder/></annotation>', "is XML: Pascal VOC's annotations are opened by their folder"],
    ['CVAT', '<?xml version="1.0"?><annotations/>', "CVAT's XML is exported as COCO"],
    ['CSV', 'filename,width,height,class,xmin\na.jpg,1,2,cat,3\n', 'is a table (CSV)'],
    ['a YOLO yaml', 'path: .\ntrain: images\n', "is YAML: a YOLO data set is opened as such, by its 'data.yaml'"],
    ['YOLO labels', '0 0.5 0.5 0.1 0.2\n', "rows of numbers, as YOLO's label files are"],
    ['an image', '\xff\xd8\xff\xe0\0\x10JFIF', 'is an image; the JSON file with the annotations is needed'],
    ['a Parquet table', 'PAR1\x15\x04', 'is a Parquet table'],
    ['text behind the end', '{} {}', 'is not JSON: unexpected text at line 1, column 4'],
    ['an empty file', '', '<tmp>/a.json is empty (0 bytes): write or download it again.'],
    ['gzip', '\x1f\x8b123', 'is compressed with gzip: unpack it first (gunzip).'],
    ['zip', 'PK\x03\x04123', 'is a zip archive: unpack it first (unzip).'],
    [
      'a git-lfs pointer',
      'version https://git-lfs.github.com/spec/v1',
      "is a git-lfs pointer, not the file itself: run 'git lfs pull'",
    ],
  ])('%s', async (_, text, message) => {
    await writeFile(file, text, 'latin1');
    expect(await messageOf(load())).toContain(message);
  });

  test('a wrong path lists the JSON files beside it', async () => {
    await write(good(), join(folder, 'b.json'));
    expect(await messageOf(load())).toBe('<tmp>/a.json does not exist. JSON files in <tmp>: b.json.');
    expect(await messageOf(load({ annotations: images }))).toBe(
      '<tmp>/images is a folder; the path of a JSON file is needed. There is no JSON file in <tmp>/images.',
    );
    expect(await messageOf(load({ annotations: join(folder, 'x/y.json') }))).toBe(
      '<tmp>/x/y.json does not exist. The folder <tmp>/x does not exist either.',
    );
  });

  test('a byte order mark is no fault', async () => {
    await write(`\ufeff${JSON.stringify(good())}`);
    expect((await load()).images).toHaveLength(2);
  });
});

describe('structure', () => {
  const SHAPE =
    "a COCO file is an object with the lists 'images', 'annotations' and 'categories' (cocodataset.org, data format)";
  test.each<[string, (json: Json) => unknown, string[]]>([
    ['a list', () => [1], [`top level: found a list`, `→ ${SHAPE}`]],
    ['null', () => null, ['top level: found null']],
    ['detections', () => [{ image_id: 1, score: 1 }], ["holds detections (COCO's results format), not annotations"]],
    ['images an object', (j) => ({ ...j, images: {} }), ['images: found an object, not a list']],
    ['no images', (j) => ({ ...j, images: [], annotations: [] }), ['images: the list is empty']],
    ['no categories', (j) => ({ ...j, categories: [], annotations: [] }), ['categories: the list is empty']],
    ['image without id', (j) => ((j.images[1] = { file_name: '1.jpg' }), j), ['images[1].id: missing']],
    [
      'a text as id',
      (j) => ((j.images[1] = { id: '10', file_name: '1.jpg' }), j),
      ['images[1].id: found the text "10", not a whole number: write it without quotes'],
    ],
    [
      'image without file_name',
      (j) => ((j.images[0] = { id: 20 }), j),
      ['images[0].file_name: found nothing', '→ file_name is the image'],
    ],
    [
      'a size of -2',
      (j) => ((j.images[0] = { id: 20, file_name: '2.jpg', width: -2, height: 5 }), j),
      ['images[0].width: found -2 (image id 20, 2.jpg)'],
    ],
    [
      'a size that is a text',
      (j) => ((j.images[0] = { id: 20, file_name: '2.jpg', width: 5, height: '5' }), j),
      ['images[0].height: found "5"'],
    ],
    [
      'an image id twice',
      (j) => (j.images.push({ id: 20, file_name: '3.jpg' }), j),
      ['images[2].id: 20 is also the id of images[0]', '1 × image ids used twice'],
    ],
    [
      'an annotation id twice',
      (j) => ((j.annotations[2]!['id'] = 5), j),
      ['annotations[2].id: 5 is also the id of annotations[0]'],
    ],
    [
      'a category id twice',
      (j) => (j.categories.push({ id: 9, name: 'cow' }), j),
      ['categories[2].id: 9 is also the id of categories[0]'],
    ],
    [
      'a category name twice, with boxes of both',
      (j) => (
        j.categories.push({ id: 1, name: 'cat' }),
        j.annotations.push({ id: 7, image_id: 10, category_id: 1, bbox: [5, 5, 5, 5] }),
        j
      ),
      ["categories[2].name: 'cat' (id 1) is also the name of categories[0] (id 9), and boxes are of both"],
    ],
    ['a category without name', (j) => (j.categories.push({ id: 1 }), j), ['categories[2].name: found nothing']],
    [
      'an unknown image',
      (j) => ((j.annotations[1]!['image_id'] = 77), j),
      ["annotations[1].image_id: found 77, which is no id of 'images'", '1 × unknown image ids'],
    ],
    [
      'an unknown category',
      (j) => ((j.annotations[1]!['category_id'] = 1), j),
      ["annotations[1].category_id: found 1, which is no id of 'categories' (3, 9)"],
    ],
    ['a wrong iscrowd', (j) => ((j.annotations[1]!['iscrowd'] = 2), j), ['annotations[1].iscrowd: found 2']],
    ['a wrong area', (j) => ((j.annotations[0]!['area'] = '12'), j), ['annotations[0].area: found "12"']],
    [
      'no box',
      (j) => (delete j.annotations[0]!['bbox'], j),
      ['annotations[0].bbox: missing', '→ bbox is [x, y, width, height] in pixels'],
    ],
    ['a box of three', (j) => ((j.annotations[0]!['bbox'] = [1, 2, 3]), j), ['annotations[0].bbox: found [1,2,3]']],
    [
      'a box with null',
      (j) => ((j.annotations[0]!['bbox'] = [1, 2, null, 3]), j),
      ['annotations[0].bbox: found [1,2,null,3]', 'no finite numbers'],
    ],
    [
      'a box of no width',
      (j) => ((j.annotations[0]!['bbox'] = [1, 2, 0, 3]), j),
      ['annotations[0].bbox: found [1,2,0,3]: width 0, but it must be positive', "degenerate: 'drop'"],
    ],
    [
      'a box of negative height',
      (j) => ((j.annotations[0]!['bbox'] = [1, 2, 3, -3]), j),
      ['height -3, but it must be positive'],
    ],
    [
      'a box outside',
      (j) => ((j.annotations[0]!['bbox'] = [90, 2, 20, 3]), j),
      ["annotations[0].bbox: found [90,2,20,3], which leaves the 100x50 image '2.jpg' (id 20)", 'x1, y1, x2, y2'],
    ],
    [
      'an entry that is no object',
      (j) => (j.annotations.push(3 as never), j),
      ['annotations[3]: found 3, not an object'],
    ],
  ])('%s', async (_, change, messages) => {
    await write(change(good()));
    const message = await messageOf(load());
    for (const part of messages) expect(message).toContain(part);
  });

  test('a value that overflows a float', async () => {
    await write(JSON.stringify(good()).replace('[5,5,5,5]', '[5,5,1e999,5]'));
    expect(await messageOf(load())).toContain('annotations[2].bbox: found [5,5,Infinity,5]');
    expect((await load({ degenerate: 'drop' })).dropped).toBe(1);
  });

  test('all problems are reported at once, twenty are shown, each kind is counted', async () => {
    const json = good();
    for (let i = 0; i < 30; i++) {
      json.annotations.push({ id: 100 + i, image_id: 10, category_id: i < 5 ? 4 : 9, bbox: [0, 0, i < 5 ? 5 : 0, 5] });
    }
    await write(json);
    const lines = (await messageOf(load())).split('\n');
    expect(lines[0]).toBe('<tmp>/a.json: 30 problems (5 × unknown category ids, 25 × boxes of no size)');
    expect(lines).toHaveLength(1 + 20 + 1 + 2);
    expect(lines[21]).toBe('  … and 10 more');
  });
});

describe('degenerate boxes', () => {
  const boxes = [
    [0, 0, 0, 5], // no width
    [200, 0, 5, 5], // wholly outside
    [-10, 5, 20, 5], // partly outside
    [99, 49, 2, 2], // one pixel outside: rounding
  ];
  const bad = () => {
    const json = good();
    boxes.forEach((bbox, i) => json.annotations.push({ id: 50 + i, image_id: 10, category_id: 9, bbox }));
    return json;
  };
  const read = async (degenerate: 'drop' | 'keep') => {
    await write(bad());
    const { images: read, dropped, clipped } = await load({ degenerate });
    return { dropped, clipped, boxes: read[0]?.annotations.slice(1).map(({ bbox }) => bbox) };
  };

  test('are dropped or cut, and counted, on request', async () => {
    expect(await read('drop')).toEqual({
      dropped: 2,
      clipped: 1,
      boxes: [
        [0, 5, 10, 5],
        [99, 49, 2, 2],
      ],
    });
  });

  test('are kept for evaluation', async () => {
    expect(await read('keep')).toEqual({ dropped: 0, clipped: 0, boxes });
  });
});

describe('missing image files', () => {
  test('are counted, and a folder that has them is named', async () => {
    await write(good());
    await mkdir(join(folder, 'other'));
    expect(await messageOf(load({ images: join(folder, 'other') }))).toBe(
      '<tmp>/a.json: none of the 2 image files is there:\n' +
        '  <tmp>/other/1.jpg (image id 10)\n  <tmp>/other/2.jpg (image id 20)\n' +
        "→ Found <tmp>/images/1.jpg: set 'images' to <tmp>/images.",
    );
  });

  test('one of several, spelled differently', async () => {
    const json = good();
    json.images.push({ id: 30, file_name: '3.JPG' });
    await write(json);
    expect(await messageOf(load())).toBe(
      '<tmp>/a.json: 1 of 3 image files are not there:\n  <tmp>/images/3.JPG (image id 30)\n' +
        "→ Found <tmp>/images/3.jpg: its name is spelled differently from file_name '3.JPG'.",
    );
  });

  test('with a folder too many in file_name', async () => {
    const json = good();
    json.images.push({ id: 30, file_name: 'train\\3.jpg' });
    await write(json);
    expect(await messageOf(load())).toContain(
      "→ Found <tmp>/images/3.jpg, but file_name is 'train\\3.jpg': set 'images' to <tmp>/images and correct file_name.",
    );
  });

  test('that are nowhere', async () => {
    await write({ images: [{ id: 1, file_name: 'q.png' }] });
    const options = { unlabeled: true };
    expect(await messageOf(load(options))).toContain(
      "'images' is <tmp>/images, which holds 1.jpg, 2.jpg, 3.jpg, …; file_name is relative to it.",
    );
    expect(await messageOf(load({ ...options, images: join(folder, 'no') }))).toContain(
      "'images' is <tmp>/no, which does not exist.",
    );
    expect(await messageOf(load({ ...options, images: file }))).toContain(
      'which is a file; the folder of the images is needed',
    );
  });

  test('a link to an image is an image, a link to nothing is not', async () => {
    await rm(join(images, '1.jpg'));
    await symlink(join(images, '3.jpg'), join(images, '1.jpg'));
    await write(good());
    expect((await load()).images).toHaveLength(2);
    await rm(join(images, '3.jpg'));
    expect(await messageOf(load())).toContain('1 of 2 image files are not there:\n  <tmp>/images/1.jpg');
  });
});

const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
(existsSync(shared) ? describe : describe.skip)('real data (SKIPPED where ../shared/data is absent)', () => {
  test('bccd, val and test merged', async () => {
    const at = `${shared}bccd/annotations/instances_`;
    const data = await loadCoco({
      annotations: [`${at}val.json`, `${at}test.json`],
      images: `${shared}bccd/voc/JPEGImages`,
    });
    expect(data.images).toHaveLength(87 + 72);
    expect(data.images.reduce((n, { annotations }) => n + annotations.length, 0)).toBe(1137 + 945);
    expect(data.categories.map(({ name }) => name)).toEqual(['RBC', 'WBC', 'Platelets']);
  });

  test('writeCoco, then loadCoco, gives the same data set', async () => {
    const options = {
      annotations: `${shared}coco-open/annotations/instances_train.json`,
      images: `${shared}coco-open/images`,
    };
    const data = await loadCoco(options);
    const copy = join(folder, 'sub/copy.json');
    await writeCoco(data, copy);
    expect(await loadCoco({ ...options, annotations: copy })).toEqual({ ...data, source: copy });
    const json = JSON.parse(await readFile(copy, 'utf8')) as {
      annotations: { category_id: number; iscrowd: number }[];
    };
    expect(Math.max(...json.annotations.map(({ category_id }) => category_id))).toBeGreaterThan(80);
    expect(json.annotations.some(({ iscrowd }) => iscrowd === 1)).toBe(true);
  });
});
