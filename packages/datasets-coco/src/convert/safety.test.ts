import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import fg from 'fast-glob';
import { loadCoco } from '../coco/load-coco.ts';
import { plainImage } from '../testing/images.ts';
import { tempFolder } from '../testing/temp-folder.ts';
import type { Dataset } from '../types.ts';
import type { WriteSetOptions } from './types.ts';
import { writeCocoSet } from './write-coco-set.ts';
import { removeLeftovers, writeList, writeWhole } from './write-file.ts';
import { writeVoc } from './write-voc.ts';
import { writeYolo } from './write-yolo.ts';

const tmp = tempFolder({ beforeEach, afterEach });

const WRITERS = { coco: writeCocoSet, voc: writeVoc, yolo: writeYolo };
const writers = Object.entries(WRITERS);

/** A COCO file that names these, with `in/images` as its folder. */
async function naming(names: readonly string[]): Promise<Dataset> {
  await tmp.write({
    'in/images/a.png': await plainImage(8, 8),
    'in/secret.png': await plainImage(8, 8),
    'in/secret.txt': 'x',
  });
  const json = {
    images: names.map((file_name, i) => ({ id: i + 1, file_name, width: 8, height: 8 })),
    annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 4, 4] }],
    categories: [{ id: 1, name: 'cat' }],
  };
  await writeFile(tmp.at('in/a.json'), JSON.stringify(json));
  return loadCoco({ annotations: tmp.at('in/a.json'), images: tmp.at('in/images') });
}
const filesIn = async (folder: string) => (await fg('**/*', { cwd: tmp.at(folder), dot: true })).sort();

describe.each(writers)('%s: nothing but images of the folder that was named', (name, write) => {
  const convert = (dataset: Dataset, options: WriteSetOptions = {}) => write(dataset, tmp.at(name), options);

  test.each(['../secret.txt', '../secret.png', 'sub/../../secret.png'])('%s', async (outside) => {
    const dataset = await naming(['a.png', outside]);
    for (const imageFiles of ['copy', 'link'] as const) {
      const message = await tmp.messageOf(convert(dataset, { imageFiles }));
      expect(message).toContain(`image id 2: '${outside}' is <tmp>/in/secret`);
      expect(message).toContain('which is not below <tmp>/in/images');
    }
    expect(await filesIn(name)).toEqual([]);
  });

  test('an absolute path, and a link that leads out', async () => {
    const absolute = await naming(['a.png', tmp.at('in/secret.png')]);
    expect(await tmp.messageOf(convert(absolute))).toContain('1 × images outside of their folder');
    await symlink('../secret.png', tmp.at('in/images/link.png'));
    const linked = await naming(['a.png', 'link.png']);
    expect(await tmp.messageOf(convert(linked))).toContain("'link.png' is <tmp>/in/secret.png");
    expect(await filesIn(name)).toEqual([]);
    // a link to the link copies nothing
    expect((await convert(linked, { imageFiles: 'link' })).images).toBe(2);
  });

  test('a file that is no image, whatever its name says', async () => {
    await tmp.write({ 'in/images/b.png': 'root:x:0:0' });
    expect(await tmp.messageOf(convert(await naming(['a.png', 'b.png'])))).toContain('<tmp>/in/images/b.png');
    expect(await filesIn(name)).toEqual([]);
  });

  test('a name that begins as the folder does is not below it', async () => {
    await tmp.write({ 'in/images-of-others/b.png': await plainImage(8, 8) });
    const dataset = await naming(['a.png', '../images-of-others/b.png']);
    expect(await tmp.messageOf(convert(dataset))).toContain('1 × images outside of their folder');
  });
});

describe.each(writers)('%s: a set is there whole or not at all', (name, write) => {
  const folder = () => tmp.at(name);

  test('stopped, nothing of it is left; another set of the folder stays', async () => {
    const dataset = await naming(['a.png']);
    await write(dataset, folder(), { set: 'val' });
    const before = await filesIn(name);
    const many = {
      ...dataset,
      images: Array.from({ length: 40 }, (_, i) => ({ ...dataset.images[0]!, id: i + 1, fileName: `${i}.png` })),
    };
    const abort = new AbortController();
    const onProgress = (done: number) => done === 3 && abort.abort(new Error('stopped'));
    await expect(write(many, folder(), { signal: abort.signal, onProgress })).rejects.toThrow('stopped');
    expect(await filesIn(name)).toEqual(before);
    await write(many, folder());
    expect((await filesIn(name)).length).toBeGreaterThan(before.length + 40);
    expect((await filesIn(name)).filter((file) => /unfinished|\.part$/.test(file))).toEqual([]);
  });

  test('what a killed process left is taken away by the next, and only that', async () => {
    const dataset = await naming(['a.png']);
    await write(dataset, folder());
    const whole = await filesIn(name);
    // as the process left it: a half image, no list of the set
    const last = whole.filter((file) => /json$|yaml$|ImageSets/.test(file));
    const contents = await Promise.all(last.map((file) => readFile(tmp.at(name, file), 'utf8')));
    for (const file of last) await rm(tmp.at(name, file));
    const rest = await filesIn(name);
    const half = rest.find((file) => file.endsWith('.png'))!;
    await tmp.write({
      [`${name}/${half}`]: 'half',
      [`${name}/${half}.${2 ** 22 + 1}.part`]: 'less',
      [`${name}/mine.txt`]: 'mine',
      'outside.txt': 'mine',
    });
    const journal = { pid: 2 ** 22 + 1, host: hostname(), files: [...rest, '../outside.txt'] };
    await tmp.write({ [`${name}/.train.unfinished`]: JSON.stringify(journal) });
    await write(dataset, folder());
    expect(await filesIn(name)).toEqual([...whole, 'mine.txt'].sort());
    expect(await Promise.all(last.map((file) => readFile(tmp.at(name, file), 'utf8')))).toEqual(contents);
    expect((await readFile(tmp.at(name, half))).equals(await readFile(tmp.at('in/images/a.png')))).toBe(true);
    expect(await readFile(tmp.at('outside.txt'), 'utf8')).toBe('mine');
  });

  test('a process that is writing it is told of; one that was killed after its last file left a whole set', async () => {
    const dataset = await naming(['a.png']);
    const journal = (pid: number) =>
      tmp.write({ [`${name}/.train.unfinished`]: JSON.stringify({ pid, host: hostname(), files: [] }) });
    await journal(1);
    expect(await tmp.messageOf(write(dataset, folder()))).toContain("process 1 is writing the set 'train'");
    await journal(2 ** 22 + 1);
    await write(dataset, folder());
    const whole = await filesIn(name);
    await tmp.write({
      [`${name}/.train.unfinished`]: JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), files: whole }),
    });
    expect(await tmp.messageOf(write(dataset, folder()))).toContain("the set 'train' is there already");
    expect((await filesIn(name)).filter((file) => !file.startsWith('.'))).toEqual(whole);
  });
});

describe('files written whole', () => {
  test('an error names the file', async () => {
    await tmp.write({ file: 'x' });
    expect(await tmp.messageOf(writeWhole(tmp.at('file/a.json'), 'x'))).toMatch(
      /^<tmp>\/file\/a\.json cannot be written: /,
    );
    const full = await tmp.messageOf(writeWhole('/dev/full/a.json', 'x'));
    expect(full).toMatch(/^\/dev\/full\/a\.json cannot be written: /);
  });

  test('what dead processes left beside it is removed', async () => {
    const left = [`a.json.${2 ** 22 + 1}.part`, `a.json.${process.pid}.part`, 'b.json.99999999.part', 'a.json'];
    await tmp.write(left);
    await removeLeftovers(tmp.at('a.json'));
    expect((await readdir(tmp.path)).sort()).toEqual(left.slice(1).sort());
  });

  test.each([
    ['a text', () => 'new'],
    ['what a function writes', () => (aside: string) => writeFile(aside, 'new')],
  ])('a list is written after it: %s', async (_, content) => {
    await tmp.write([`a.json.${2 ** 22 + 1}.part`, 'a.json']);
    await writeList(tmp.at('a.json'), content());
    expect(await readdir(tmp.path)).toEqual(['a.json']);
    expect(await readFile(tmp.at('a.json'), 'utf8')).toBe('new');
  });
});
