import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { loadCoco } from '../coco/load-coco.ts';
import { CLUTTER_ICONS, SYNTH_CLASSES } from './catalog.ts';
import { loadIcons } from './icon.ts';
import { DIFFICULTIES } from './settings.ts';
import { createScenes, synthesize, type SynthRequest } from './synthesize.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synth-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const small = { seed: 3, width: 160, height: 120 };

async function hashes(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path)).sort();
  const entries = names.map(async (name) => [
    name,
    createHash('sha256')
      .update(await readFile(join(path, name)))
      .digest('hex'),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string>;
}

test('every icon of the catalog is there and can be drawn', async () => {
  const names = [...Object.values(SYNTH_CLASSES).flat(), ...CLUTTER_ICONS];
  expect(new Set(names).size).toBe(names.length);
  for (const icon of await loadIcons(names)) {
    expect(Math.min(icon.frame.width, icon.frame.height)).toBeGreaterThan(30);
    expect(icon.levels.map(({ size }) => size)).toEqual([256, 128, 64, 32, 16]);
  }
  for (const { classes } of Object.values(DIFFICULTIES))
    expect(classes.every((name) => name in SYNTH_CLASSES)).toBe(true);
});

test('what is written loads as COCO, with the images it speaks of', async () => {
  const splits = [
    { name: 'train', images: 4 },
    { name: 'val', images: 3 },
    { name: 'unlabeled', images: 2, labeled: false },
  ];
  const seen: string[] = [];
  const result = await synthesize({
    ...small,
    out: folder,
    splits,
    onProgress: ({ split, done, total }) => seen.push(`${split} ${done}/${total}`),
  });
  expect(seen.length).toBe(9);
  expect(seen.at(-1)).toBe('unlabeled 9/9');
  expect((await readdir(folder)).sort()).toEqual(['annotations', 'train', 'unlabeled', 'val']);
  expect((await readdir(join(folder, 'annotations'))).sort()).toEqual(['instances_train.json', 'instances_val.json']);
  expect(await readdir(join(folder, 'unlabeled'))).toEqual(['unlabeled_000001.jpg', 'unlabeled_000002.jpg']);

  const train = await loadCoco({ annotations: result.splits[0]!.annotations!, images: result.splits[0]!.folder });
  expect(train.categories.map(({ name }) => name)).toEqual(DIFFICULTIES.medium.classes);
  expect(train.images.length).toBe(4);
  expect(train.images.flatMap(({ annotations }) => annotations).length).toBe(result.splits[0]!.objects);
  for (const { path, annotations } of train.images) {
    const { width, height, format } = await sharp(path).metadata();
    expect([width, height, format]).toEqual([160, 120, 'jpeg']);
    for (const { bbox, area } of annotations) {
      expect(bbox[0] >= 0 && bbox[1] >= 0 && bbox[0] + bbox[2] <= 160 && bbox[1] + bbox[3] <= 120).toBe(true);
      expect(area).toBeLessThanOrEqual(bbox[2] * bbox[3]);
    }
  }
  // Ids of the splits do not meet, so that they can be merged.
  const both = JSON.parse(await readFile(result.splits[1]!.annotations!, 'utf8')) as {
    images: { id: number }[];
    annotations: { id: number; image_id: number }[];
  };
  expect(both.images.some(({ id }) => train.images.some((image) => image.id === id))).toBe(false);
  const ids = new Set(both.images.map(({ id }) => id));
  expect(both.annotations.every(({ image_id }) => ids.has(image_id))).toBe(true);
});

test('the same seed gives the same bytes, an image does not depend on how many there are, another seed gives others', async () => {
  const [one, two, three] = [join(folder, 'one'), join(folder, 'two'), join(folder, 'three')];
  await synthesize({ ...small, out: one, images: 5 });
  await synthesize({
    ...small,
    out: two,
    splits: [
      { name: 'val', images: 2 },
      { name: 'train', images: 7 },
    ],
  });
  await synthesize({ ...small, out: three, images: 5, seed: 4 });
  const [first, second, other] = await Promise.all([one, two, three].map((path) => hashes(join(path, 'train'))));
  expect(Object.keys(first!).length).toBe(4);
  for (const [name, hash] of Object.entries(first!)) {
    expect(second![name]).toBe(hash);
    expect(other![name]).not.toBe(hash);
  }
  const before = await hashes(join(one, 'annotations'));
  await synthesize({ ...small, out: one, images: 5 });
  expect(await hashes(join(one, 'annotations'))).toEqual(before);
  expect(await hashes(join(one, 'train'))).toEqual(first);
});

test('the JPEG shows the scene', async () => {
  const { scene, encode } = await createScenes(small);
  const made = scene('train', 0);
  const { data } = await sharp(await encode(made, 'train', 0))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const error = made.pixels.reduce((sum, value, i) => sum + Math.abs(value - data[i]!), 0) / made.pixels.length;
  expect(error).toBeLessThan(10);
});

test('iconsPerClass keeps to the first icons of each class', async () => {
  const icons = async (iconsPerClass?: number) => {
    const options = {
      difficulty: 'hard' as const,
      classes: ['car', 'fish'],
      ...(iconsPerClass === undefined ? {} : { iconsPerClass }),
    };
    const { scene } = await createScenes({ ...small, options });
    return new Set(Array.from({ length: 15 }, (_, i) => scene('train', i).objects.map(({ icon }) => icon)).flat());
  };
  const first = new Set(['car', 'fish'].flatMap((name) => SYNTH_CLASSES[name]!.slice(0, 2)));
  expect([...(await icons(2))].every((name) => first.has(name))).toBe(true);
  expect((await icons()).size).toBeGreaterThan(8);
});

test('messages name what is wrong and what would be right', async () => {
  const run = (request: Partial<SynthRequest>) =>
    synthesize({ ...small, out: join(folder, 'x'), images: 2, ...request });
  await expect(run({ options: { classes: ['ball', 'brid'] } })).rejects.toThrow(
    'classes[1]: "brid" is unknown; did you mean "bird"?',
  );
  await expect(run({ options: { classes: ['ball', 'ball'] } })).rejects.toThrow('listed twice');
  await expect(run({ options: { objectSize: [50, 20] } })).rejects.toThrow('objectSize: [50, 20]');
  await expect(run({ options: { difficulty: 'tough' as 'hard' } })).rejects.toThrow(
    'difficulty: "tough"; it is one of easy, medium, hard',
  );
  await expect(run({ options: { variation: 2 } })).rejects.toThrow('variation: 2');
  await expect(run({ options: { iconsPerClass: 0 } })).rejects.toThrow('iconsPerClass: 0');
  await expect(run({ seed: 0.5 })).rejects.toThrow('seed: 0.5');
  await expect(run({ images: 0 })).rejects.toThrow('images: 0');
  await expect(run({ splits: [{ name: 'train', images: 3 }] })).rejects.toThrow(
    'images: 2, but the splits add up to 3',
  );
  await expect(run({ images: undefined, splits: [{ name: '../up', images: 3 }] })).rejects.toThrow(
    'splits[0].name: "../up"',
  );
  await writeFile(join(folder, 'file'), '');
  await expect(run({ out: join(folder, 'file') })).rejects.toThrow(/out: cannot write to .*file.* \(ENOTDIR\)/);
});

test('a folder with images of something else is refused', async () => {
  await synthesize({ ...small, out: folder, images: 5 });
  await expect(synthesize({ ...small, out: folder, images: 2 })).rejects.toThrow(
    /train already holds 2 files that this run would not write/,
  );
});

test('it stops when told to', async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  await expect(
    synthesize({ ...small, out: folder, images: 50, onProgress, signal: controller.signal }),
  ).rejects.toThrow('enough');
  expect((await readdir(join(folder, 'train'))).length).toBeLessThan(20);
  expect(await readdir(join(folder, 'annotations'))).toEqual([]);
});
