import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-convert-'));
  await mkdir(join(folder, 'images'));
  for (const i of [1, 2]) {
    await sharp({ create: { width: 100, height: 50, channels: 3, background: '#456' } })
      .jpeg()
      .toFile(join(folder, `images/${i}.jpg`));
  }
  await writeFile(
    join(folder, 'a.json'),
    JSON.stringify({
      images: [1, 2].map((id) => ({ id, file_name: `${id}.jpg`, width: 100, height: 50 })),
      annotations: [
        { id: 1, image_id: 1, category_id: 3, bbox: [10, 10, 20, 20] },
        { id: 2, image_id: 2, category_id: 5, bbox: [0, 0, 100, 50], iscrowd: 1 },
        { id: 3, image_id: 2, category_id: 5, bbox: [90, 40, 30, 30] },
        { id: 4, image_id: 2, category_id: 5, bbox: [5, 5, 0, 9] },
      ],
      categories: [
        { id: 3, name: 'cat' },
        { id: 5, name: 'dog' },
      ],
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const convert = async (...argv: string[]) => {
  const { code, stdout, stderr } = await runCli(['convert', ...argv], { cwd: folder });
  return { code, stdout: stdout.replaceAll(folder, '<tmp>'), stderr: stderr.replaceAll(folder, '<tmp>') };
};
const COCO = ['--coco', 'a.json', '--images', 'images'];

test('COCO to VOC, that to YOLO, both together to COCO', async () => {
  const voc = await convert(...COCO, '--to', 'voc', '--out', 'voc');
  expect(voc).toMatchObject({
    code: 0,
    stdout: '2 images with 3 boxes of 2 classes: <tmp>/voc/ImageSets/Main/train.txt\n',
  });
  expect(voc.stderr.split('\n')).toEqual([
    expect.stringMatching(/^warning 1 × boxes cut to their image \(<tmp>\/a.json: annotations\[2\].bbox: /),
    expect.stringMatching(/^warning 1 × boxes of no size \(<tmp>\/a.json: annotations\[3\].bbox: .*left out/),
    'warning 1 crowds are written as difficult objects: VOC has no crowds.',
    '',
  ]);
  const yolo = await convert(
    '--voc',
    'voc',
    '--set',
    'train',
    '--to',
    'yolo',
    '--out',
    'yolo',
    '--as',
    'val',
    '--image-files',
    'link',
  );
  expect(yolo.code).toBe(0);
  expect((await lstat(join(folder, 'yolo/images/val/1.jpg'))).isSymbolicLink()).toBe(true);
  expect(await readFile(join(folder, 'yolo/labels/val/1.txt'), 'utf8')).toBe('0 0.2 0.4 0.2 0.4\n');
  const both = await convert(
    ...['--voc', 'voc', '--set', 'train', '--yolo', 'yolo/data.yaml', '--set', 'val'],
    ...['--to', 'coco', '--out', 'both', '--json'],
  );
  expect({ code: both.code, stderr: both.stderr }).toEqual({ code: 0, stderr: '' });
  const { remarks, ...summary } = JSON.parse(both.stdout) as { remarks: string[] };
  expect(summary).toEqual({
    file: '<tmp>/both/annotations/instances_train.json',
    images: 4,
    annotations: 5,
    classes: ['cat', 'dog'],
  });
  expect(remarks[0]).toContain('are numbered from 3');
  const json = JSON.parse(await readFile(join(folder, 'both/annotations/instances_train.json'), 'utf8')) as {
    images: { file_name: string }[];
    annotations: { ignore?: number }[];
  };
  expect(json.images.map((image) => image.file_name)).toEqual([
    '1.jpg',
    '2.jpg',
    'images_val_1.jpg',
    'images_val_2.jpg',
  ]);
  expect(json.annotations.filter(({ ignore }) => ignore === 1)).toHaveLength(1);
  expect(json.images.every((image) => existsSync(join(folder, 'both/images', image.file_name)))).toBe(true);
});

test('classes that do not match are told; some are left out', async () => {
  const wrong = await convert(...COCO, '--classes', 'Cat', '--to', 'voc', '--out', 'no');
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain("<tmp>/a.json: none of the classes ('Cat') is there; it has 'cat', 'dog'");
  expect(wrong.stderr).toMatch(
    /--classes a,b, --rename-classes aeroplane=airplane, --leave-out-classes a,b or others\.\n$/,
  );
  const some = await convert(
    ...COCO,
    '--classes',
    'dog',
    '--leave-out-classes',
    'cat',
    '--to',
    'coco',
    '--out',
    'some',
  );
  expect(some).toMatchObject({
    code: 0,
    stdout: '2 images with 2 boxes of 1 classes: <tmp>/some/annotations/instances_train.json\n',
  });
  expect(some.stderr).toContain("1 of its 2 classes are left out with their 1 objects ('cat')");
  expect(existsSync(join(folder, 'no'))).toBe(false);
});

test('wrong use', async () => {
  expect((await convert('--to', 'voc', '--out', 'x')).stderr).toContain('No data: give --coco');
  expect((await convert(...COCO, '--to', 'csv', '--out', 'x')).code).toBe(2);
  expect(await convert('--images', 'images', '--to', 'yolo', '--out', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no classes') as string,
  });
  await convert(...COCO, '--to', 'coco', '--out', 'twice');
  const again = await convert(...COCO, '--to', 'coco', '--out', 'twice');
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("the set 'train' is there already") as string,
  });
});
