import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-cli-eval-'));
  const put = async (name: string, content: string) => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  const corners = (x1: number, y1: number, x2: number, y2: number) =>
    `<bndbox><xmin>${x1}</xmin><ymin>${y1}</ymin><xmax>${x2}</xmax><ymax>${y2}</ymax></bndbox>`;
  const xml = (objects: string) =>
    `<annotation><size><width>100</width><height>100</height></size>${objects}</annotation>`;
  await put(
    'voc/Annotations/000001.xml',
    xml(
      `<object><name>cat</name>${corners(11, 11, 30, 30)}</object>` +
        `<object><name>cat</name><difficult>1</difficult>${corners(51, 51, 70, 70)}</object>`,
    ),
  );
  await put('voc/Annotations/000002.xml', xml(`<object><name>cat</name>${corners(1, 1, 20, 20)}</object>`));
  await put('voc/ImageSets/Main/test.txt', '000001\n000002\n');
  await mkdir(join(folder, 'voc/JPEGImages'));
  const box = (id: number, image: number, bbox: number[], ignore = 0) => ({
    id,
    image_id: image,
    category_id: 1,
    bbox,
    area: bbox[2]! * bbox[3]!,
    iscrowd: 0,
    ignore,
  });
  await put(
    'truth.json',
    JSON.stringify({
      images: [1, 2].map((id) => ({ id, file_name: `${id}.jpg`, width: 100, height: 100 })),
      annotations: [box(1, 1, [10, 10, 20, 20]), box(2, 1, [50, 50, 20, 20], 1), box(3, 2, [0, 0, 20, 20])],
      categories: [{ id: 1, name: 'cat' }],
    }),
  );
  const other = box(2, 1, [50, 50, 20, 20]);
  await put(
    'difficult.json',
    JSON.stringify({
      images: [1, 2].map((id) => ({ id, file_name: `${id}.jpg`, width: 100, height: 100 })),
      annotations: [box(1, 1, [10, 10, 20, 20]), { ...other, difficult: 1 }, box(3, 2, [0, 0, 20, 20])],
      categories: [{ id: 1, name: 'cat' }],
    }),
  );
  const found = (image: number, bbox: number[], score: number) => ({ image_id: image, category_id: 1, bbox, score });
  await put(
    'detections.json',
    JSON.stringify([
      found(1, [50, 50, 20, 20], 0.9), // difficult: neither right nor wrong
      found(1, [10, 10, 20, 20], 0.8),
      found(1, [11, 11, 20, 20], 0.7), // the same object again
      found(2, [0, 0, 20, 10], 0.6), // IoU exactly 0.5
    ]),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const evaluate = (...argv: string[]) => runCli(['eval', '--detections', 'detections.json', ...argv], { cwd: folder });
const json = async (...argv: string[]) =>
  JSON.parse((await evaluate(...argv, '--json')).stdout) as Record<string, unknown>;

// Precisions 1 and 2/3 at the recalls 1/2 and 1.
const voc07 = (6 + 5 * (2 / 3)) / 11;
const voc10 = (1 + 2 / 3) / 2;

describe.each([
  ['COCO JSON with ignore', ['--annotations', 'truth.json']],
  ['COCO JSON with difficult', ['--annotations', 'difficult.json']],
  ['a VOC folder', ['--voc', 'voc', '--set', 'test']],
])('%s', (_, truth) => {
  test('voc07 and voc10', async () => {
    expect(await json(...truth, '--protocol', 'voc07')).toMatchObject({
      protocol: 'voc07',
      iou: 0.5,
      mAP: expect.closeTo(voc07, 12) as number,
      perClass: [
        { name: 'cat', AP: expect.closeTo(voc07, 12) as number, objects: 2, ignored: 1, detections: 4, recall: 1 },
      ],
      coco: { AR1: expect.any(Number) as number },
    });
    expect(await json(...truth, '--protocol', 'voc10')).toMatchObject({ mAP: expect.closeTo(voc10, 12) as number });
    expect(await json(...truth, '--protocol', 'voc10', '--iou', '0.6')).toMatchObject({ iou: 0.6, mAP: 0.5 });
  });

  test('text has a table of the classes', async () => {
    const { stdout, code } = await evaluate(...truth, '--protocol', 'voc10');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^class +AP +recall +objects +ignored +detections$/m);
    expect(stdout).toMatch(/^cat +83\.3 +100\.0 +2 +1 +4$/m);
    expect(stdout).toMatch(/^mAP 83\.3 {2}voc10 /m);
    expect(stdout).toMatch(/^COCO's metric on the same.*AP50 /m);
  });

  test('coco', async () => {
    expect(Object.keys(await json(...truth))).toHaveLength(12);
    expect(await json(...truth, '--per-class')).toMatchObject({ perClass: [{ name: 'cat' }] });
    expect((await evaluate(...truth, '--per-class')).stdout.trim().split('\n')).toHaveLength(14);
  });
});

test('numbers that are all 0 come with what is usually the cause', async () => {
  await writeFile(
    join(folder, 'corners.json'),
    JSON.stringify([{ image_id: 2, category_id: 1, bbox: [60, 60, 20, 20], score: 1 }]),
  );
  const argv = ['eval', '--annotations', 'truth.json', '--detections', 'corners.json', '--json'];
  const { code, stdout, stderr } = await runCli(argv, { cwd: folder });
  expect({ code, AP: (JSON.parse(stdout) as { AP: number }).AP }).toEqual({ code: 0, AP: 0 });
  expect(stderr).toContain('Not one detection is right');
  expect((await evaluate('--annotations', 'truth.json')).stderr).toBe('');
});

test('wrong use', async () => {
  for (const argv of [
    [],
    ['--annotations', 'truth.json', '--voc', 'voc', '--set', 'test'],
    ['--annotations', 'truth.json', '--set', 'test'],
    ['--annotations', 'truth.json', '--iou', '0.5'],
    ['--annotations', 'truth.json', '--protocol', 'voc12'],
  ]) {
    expect(await evaluate(...argv)).toMatchObject({ code: 2, stdout: '' });
  }
});
