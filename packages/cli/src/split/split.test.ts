import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { COCO_STANDARD_VARIANTS, hashIds, numpyChoice } from '@sed/datasets-coco/split';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-cli-split-'));
});
afterEach(() => rm(folder, { recursive: true }));

const split = (...argv: string[]) => runCli(['split', ...argv], { cwd: folder });
const read = async <T>(name: string) => JSON.parse(await readFile(join(folder, name), 'utf8')) as T;

interface Coco {
  images: { id: number }[];
  annotations: { image_id: number }[];
}

/** 200 images in unsorted order; class 1 everywhere, class 2 in one image, class 3 nowhere. */
async function annotations(name = 'train.json'): Promise<number[]> {
  const ids = Array.from({ length: 200 }, (_, i) => ((i * 71) % 499) + 1);
  const boxes = ids.map((id, i) => ({ id: i + 1, image_id: id, category_id: 1, bbox: [0, 0, 5, 5], iscrowd: 0 }));
  boxes.push({ id: 999, image_id: ids[17]!, category_id: 2, bbox: [1, 1, 2, 2], iscrowd: 0 });
  const categories = ['cat', 'dog', 'emu'].map((name, i) => ({ id: i + 1, name }));
  const images = ids.map((id) => ({ id, file_name: `${id}.jpg`, width: 9, height: 9 }));
  await writeFile(join(folder, name), JSON.stringify({ images, annotations: boxes, categories }));
  return ids;
}

describe('coco-standard', () => {
  const argv = ['coco-standard', '--annotations', 'train.json', '--percent', '5', '--fold', '3', '--out', 'out'];

  test('writes the three files and says which protocol it was', async () => {
    const ids = await annotations();
    const { code, stdout, stderr } = await split(...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const stem = 'instances_train2017.3@5';
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(
      [`${stem}-ids.json`, `${stem}-unlabeled.json`, `${stem}.json`].sort(),
    );
    const wanted = numpyChoice({ count: 200, size: 10, seed: 3, replace: false }).map((i) => ids[i]!);
    const labeled = (await read<Coco>(`out/${stem}.json`)).images.map(({ id }) => id);
    expect(labeled).toEqual(ids.filter((id) => wanted.includes(id)));
    expect((await read<Coco>(`out/${stem}-unlabeled.json`)).images).toHaveLength(190);
    expect(stdout).toMatch(/^COCO-standard, 5 %, fold 3, exact: drawn without replacement/);
    expect(stdout).toMatch(/^labeled +10 +1[01] +.*instances_train2017\.3@5\.json$/m);
    expect(stdout).toMatch(/^unlabeled +190 +19[01] /m);
    expect(stdout).toContain(`sha256 of the labeled ids: ${hashIds(wanted)}`);
    expect(stdout).toContain('name the variant (exact) beside results');
    expect(stdout).toMatch(/classes have no box in the labeled images: dog\.$/m);
  });

  test('--json has the record, --dry-run writes nothing', async () => {
    await annotations();
    const { stdout } = await split(...argv, '--variant', 'mmdetection', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      protocol: 'coco-standard',
      variant: 'mmdetection',
      percent: 5,
      fold: 3,
      seed: 3,
      files: [],
      source: { file: 'train.json', images: 200 },
    });
    expect(await readdir(folder)).toEqual(['train.json']);
    expect((await split(...argv, '--dry-run')).stdout).toContain('Nothing was written (--dry-run).');
  });

  test('what a variant lacks is said before anything is read', async () => {
    const soft = await split(...argv, '--variant', 'soft-teacher');
    expect(soft).toMatchObject({ code: 1, stdout: '' });
    await annotations();
    expect((await split(...argv, '--variant', 'soft-teacher')).stderr).toContain('$RANDOM');
    expect((await split(...argv, '--variant', 'soft-teacher', '--offset', '7', '--dry-run')).code).toBe(0);
    expect((await split(...argv, '--variant', 'unbiased-teacher')).stderr).toContain('COCO_supervision.txt');
    expect((await split(...argv, '--offset', '7')).stderr).toContain('offset belongs to soft-teacher');
    expect((await split(...argv, '--variant', 'steac')).code).toBe(2);
    expect((await split('coco-standard', '--annotations', 'train.json')).code).toBe(2);
  });

  test('--help lists the variants that there are', async () => {
    const { stdout } = await split('coco-standard', '--help');
    for (const variant of COCO_STANDARD_VARIANTS) expect(stdout).toContain(`"${variant}"`);
  });
});

describe('--verify', () => {
  test('agrees, finds changes, draws again', async () => {
    await annotations();
    await split('any', '--annotations', 'train.json', '--count', '20', '--seed', '4', '--out', 'out');
    const file = 'out/train.4@20-images.json';
    const good = await split('--verify', file, '--source', 'train.json');
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout.match(/^ok: /gm)).toHaveLength(2);
    const json = await read<Coco>(file);
    await writeFile(join(folder, file), JSON.stringify({ ...json, images: json.images.slice(1) }));
    const bad = await split('--verify', file, '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ ok: false, images: 19 });
  });

  test('no protocol is wrong use', async () => {
    expect(await split()).toMatchObject({ code: 2, stdout: '' });
    expect((await split('coco')).code).toBe(2);
  });
});

test('any: stratified has the rare class and shows the classes', async () => {
  await annotations();
  const argv = ['any', '--annotations', 'train.json', '--percent', '2', '--stratified', '--out', 'out'];
  const { stdout, code } = await split(...argv);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^class +images +labeled +boxes +labeled$/m);
  expect(stdout).toMatch(/^cat +200 +4 +2\.0 % +200 +4 +2\.0 %$/m);
  expect(stdout).toMatch(/^dog +1 +1 +100\.0 % +1 +1 +100\.0 %$/m);
  expect(stdout).toMatch(/^emu +0 +0 +- +0 +0 +-$/m);
  expect(await readdir(join(folder, 'out'))).toContain('train.1@2-stratified-ids.json');
  expect((await split('any', '--annotations', 'train.json', '--out', 'out')).code).toBe(2);
});

test('coco-full and coco-35k say where the files are not those of COCO', async () => {
  await annotations();
  const extra = { images: [{ id: 9001 }, { id: 9000 }], annotations: [], categories: [] };
  await writeFile(join(folder, 'extra.json'), JSON.stringify(extra));
  const full = await split('coco-full', '--annotations', 'train.json', '--unlabeled', 'extra.json', '--out', 'out');
  expect(full.code).toBe(0);
  expect(full.stdout).toMatch(/^labeled +200 +- +train\.json as it is$/m);
  expect(full.stdout).toContain('unlabeled2017 has 123,403 images,');
  const mini = await read<Coco>('train.json');
  await writeFile(join(folder, 'mini.json'), JSON.stringify({ images: mini.images.slice(0, 30) }));
  const argv = ['coco-35k', '--val2014', 'train.json', '--train2014', 'extra.json', '--minival', 'mini.json'];
  const { stdout, code } = await split(...argv, '--out', 'out');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^labeled +170 +17[01] +.*instances_valminusminival2014\.json$/m);
  expect(stdout).toMatch(/^unlabeled +2 +- +extra\.json as it is$/m);
  expect(stdout).toMatch(/^validation +30 /m);
});

test('voc: COCO JSON of the three sets, difficult objects marked', async () => {
  const put = async (name: string, content: string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  const image = async (year: string, name: string) => {
    const object = (label: string, difficult: number) =>
      `<object><name>${label}</name><difficult>${difficult}</difficult><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>5</ymax></bndbox></object>`;
    const size = '<size><width>20</width><height>10</height><depth>3</depth></size>';
    await put(
      `VOCdevkit/${year}/Annotations/${name}.xml`,
      `<annotation><filename>${name}.jpg</filename>${size}${object('dog', 0)}${object('cat', 1)}</annotation>`,
    );
    await put(`VOCdevkit/${year}/JPEGImages/${name}.jpg`, 'x');
  };
  for (const [year, set, names] of [
    ['VOC2007', 'trainval', ['000005', '000007']],
    ['VOC2007', 'test', ['000001']],
    ['VOC2012', 'trainval', ['2008_000002', '2008_000003', '2008_000007']],
  ] as const) {
    for (const name of names) await image(year, name);
    await put(`VOCdevkit/${year}/ImageSets/Main/${set}.txt`, names.join('\n'));
  }
  const { code, stdout, stderr } = await split('voc', '--devkit', 'VOCdevkit', '--out', 'out');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^labeled +2 +4 .*voc07_trainval\.json$/m);
  expect(stdout).toMatch(/^unlabeled +3 +6 .*voc12_trainval-unlabeled\.json$/m);
  expect(stdout).toContain('VOC2007/trainval has 5011 images, this devkit has 2.');
  const labeled = await read<Coco & { categories: object[]; annotations: object[] }>('out/voc07_trainval.json');
  expect(labeled.categories).toHaveLength(20);
  expect(labeled.images).toMatchObject([{ id: 5, file_name: 'VOC2007/JPEGImages/000005.jpg' }, { id: 7 }]);
  expect(labeled.annotations.slice(0, 2)).toMatchObject([{ bbox: [0, 0, 10, 5], category_id: 12 }, { ignore: 1 }]);
  expect((await split('--verify', 'out/voc12_trainval-unlabeled.json')).code).toBe(0);
  expect((await readdir(join(folder, 'out'))).sort()).toEqual([
    'voc-ids.json',
    'voc07_test.json',
    'voc07_trainval.json',
    'voc12_trainval-unlabeled.json',
  ]);
});
