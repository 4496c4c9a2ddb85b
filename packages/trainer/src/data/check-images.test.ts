import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { checkImages } from './check-images.ts';
import { createLoader } from './loader.ts';
import { openData } from './open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-check-'));
  writeMadeUpData(folder, { train: 8, val: 3 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const image = (name: string) => join(folder, 'images', name);
const cut = (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 900));
const change = (json: string, edit: (coco: { images: { width: number }[] }) => void) => {
  const coco = JSON.parse(readFileSync(join(folder, json), 'utf8')) as { images: { width: number }[] };
  edit(coco);
  writeFileSync(join(folder, json), JSON.stringify(coco));
};

test('whole images pass, with progress, and a plain folder gets its sizes', async () => {
  const config = tinyConfig(folder, {});
  config.data = { ...config.data, unlabeled: { images: join(folder, 'images') } };
  const data = await openData(config);
  expect(data.unlabeled!.images[0]!.width).toBeUndefined();
  const seen: number[][] = [];
  const checked = await checkImages(data, { onProgress: (done, all) => seen.push([done, all]) });
  expect(checked.notes).toEqual(data.notes);
  expect(checked.unlabeled!.images.map((i) => [i.width, i.height])).toEqual(Array(11).fill([64, 64]));
  expect(seen.at(-1)).toEqual([18, 18]);
});

test('a validation image that is cut off stops the run before it starts', async () => {
  cut(image('val-1.png'));
  const data = await openData(tinyConfig(folder));
  await expect(checkImages(data)).rejects.toThrow(
    /"data\.validation": 1 of 3 images cannot be used:\n.*val-1\.png: it is cut off at 900 bytes.*\n→ repair/,
  );
});

test('so does a labeled one of another size than its annotations state', async () => {
  change('train.json', (coco) => coco.images.forEach((i) => (i.width = 128)));
  await expect(checkImages(await openData(tinyConfig(folder)))).rejects.toThrow(
    /"data\.labeled": 4 of 4 images cannot be used:\n.*is 64x64, but its annotations \(image id \d\) are for 128x64/,
  );
});

test('an unlabeled file that is no image is told of; the steps take others, the same ones each time', async () => {
  const config = tinyConfig(folder);
  const data = await openData(config);
  const broken = data.unlabeled!.images[0]!.path;
  writeFileSync(broken, 'hello');
  const checked = await checkImages(data);
  expect(checked.notes.at(-1)).toMatch(
    /"data\.unlabeled": 1 of 4 images cannot be used:[^]*it is no image, whatever its name says[^]*take other images/,
  );
  const files = async () => {
    const found = [];
    for await (const { unlabeled } of createLoader(config, checked).steps(4)) {
      found.push(unlabeled!.files);
      for (const { path } of unlabeled!.unreadable) expect(path).toBe(broken);
    }
    return found;
  };
  const first = await files();
  expect(first.flat()).toHaveLength(12);
  expect(first.flat()).not.toContain(broken);
  expect(await files()).toEqual(first);
});

test('where no unlabeled file can be read, that is an error', async () => {
  const data = await openData(tinyConfig(folder));
  data.unlabeled!.images.forEach(({ path }) => writeFileSync(path, 'hello'));
  await expect(checkImages(data)).rejects.toThrow(/"data\.unlabeled": 4 of 4 images/);
});

test('messages of missing data name the setting', async () => {
  const config = tinyConfig(folder);
  const open = (data: object) => openData({ ...config, data: { ...config.data, ...data } });
  const nowhere = { annotations: join(folder, 'none.json'), images: folder };
  await expect(open({ labeled: nowhere })).rejects.toThrow(/^"data\.labeled": .*none\.json does not exist/);
  await expect(open({ validation: nowhere })).rejects.toThrow(/^"data\.validation": .*none\.json does not exist/);
  await expect(open({ unlabeled: { images: join(folder, 'none') } })).rejects.toThrow(
    /^"data\.unlabeled\.images": .*none does not exist/,
  );
});

test('what the decoder refuses, and what decodes to black, is told before the first step', async () => {
  // a BMP of 64 x 64 pixels, all of them (9, 9, 9)
  const dark = Buffer.alloc(54 + 64 * 64 * 3, 9);
  dark.write('BM');
  dark.writeUInt32LE(54, 10);
  for (const [i, value] of [40, 64, 64, 1 | (24 << 16), 0, 0, 0, 0, 0, 0].entries())
    dark.writeUInt32LE(value, 14 + 4 * i);
  const [first, second] = (await openData(tinyConfig(folder))).labeled.images.map(({ path }) => path);
  writeFileSync(first!, dark);
  writeFileSync(second!, '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"></svg>');
  await expect(checkImages(await openData(tinyConfig(folder)))).rejects.toThrow(
    /it is an SVG drawing[^]*→ repair or replace/,
  );
  const config = tinyConfig(folder);
  config.data = { ...config.data, onFault: 'skip' };
  const { notes, labeled } = await checkImages(await openData(config), { onFault: 'skip' });
  expect(labeled.images).toHaveLength(3);
  expect(notes.join('\n')).toContain(`"data.labeled": 1 of 3 images decode to black (${first} is one)`);
});

test('files of the folders that no part uses are told of by reason', async () => {
  writeFileSync(image('scan.jp2'), 'x');
  writeFileSync(image('new.png'), readFileSync(image('val-1.png')));
  const { notes } = await openData(tinyConfig(folder));
  expect(notes.join('\n')).toContain(
    '2 of the files below the folders of the data are not used: 1 × pictures of a format that is not read, 1 × images without an entry that is used.',
  );
});
