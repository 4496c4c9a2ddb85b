/** `sed-cli data browse` on made-up scenes and on real pictures. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RgbImage, View } from '@sed/augment';
import { loadConfig, type RunConfig } from '@sed/trainer';
import { createLoader, openData } from '@sed/trainer/data';
import { runCli } from '../../testing/run-cli.ts';
import { collectImages } from './collect.ts';
import { describeMove } from './describe.ts';
import { halfView } from './half.ts';
import { MOST_BYTES, renderPanel } from './panel.ts';

let folder: string;
let scenes: string;
let configFile: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-browse-'));
  scenes = join(folder, 'scenes');
  const made = await runCli([
    'synth',
    '--out',
    scenes,
    '--splits',
    'train=12,val=4',
    '--unlabeled',
    'pool=5',
    '--seed',
    '3',
  ]);
  expect(made.code).toBe(0);
  configFile = join(folder, 'run.json');
  await writeFile(
    configFile,
    JSON.stringify(configOf({ split: { percent: 50, fold: 1 }, unlabeled: 'rest-of-labeled' })),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configOf = (data: object) => ({
  data: {
    labeled: { annotations: join(scenes, 'annotations/instances_train.json'), images: join(scenes, 'train') },
    validation: { annotations: join(scenes, 'annotations/instances_val.json'), images: join(scenes, 'val') },
    ...data,
  },
  input: { resize: { kind: 'fit', long: 96, short: 72, scale: [0.8, 1] } },
  batch: { labeled: 2, unlabeled: 2 },
  optimizer: { warmup: { steps: 5 } },
  schedule: { kind: 'step', milestones: [30] },
  iterations: 40,
  method: { kind: 'sed', burnIn: 10, alpha: { kind: 'constant', value: 0.9 } },
});

/** The paper's views are large, and slow within a test. */
const SMALL = ['--short-edge', '96,120'];

const count = (text: string, part: string) => text.split(part).length - 1;
/** The page without its pictures: a failing test should not print them. */
const words = (html: string) => html.replace(/base64,[^"]+/g, 'base64,');
const selfContained = (html: string) => {
  expect(html).not.toMatch(/(?:src|href)="?https?:|@import|<script[^>]+src|<link/);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
};

test('the views are those that the run’s loader gives for the seed and the step', async () => {
  const config: RunConfig = loadConfig(configFile);
  const data = await openData(config);
  const { images } = await collectImages(config, data, { images: 6, step: 11 });
  expect(images.map(({ kind, step }) => [kind, step])).toEqual([
    ['labeled', 11],
    ['labeled', 11],
    ['labeled', 12],
    ['unlabeled', 11],
    ['unlabeled', 11],
    ['unlabeled', 12],
  ]);
  const seen: [number, string, View, View | undefined][] = [];
  for await (const { step, labeled, unlabeled } of createLoader(config, data).steps(11)) {
    labeled.views['image']!.forEach((view, i) => seen.push([step, labeled.files[i]!, view, undefined]));
    const { weak, strong } = unlabeled!.views;
    weak!.forEach((view, i) => seen.push([step, unlabeled!.files[i]!, view, strong![i]]));
    if (step === 12) break;
  }
  for (const { path, step, kind, weak, strong, annotations } of images) {
    const [, , wanted, wantedStrong] = seen.find(
      ([at, file, , other]) => at === step && file === path && (other !== undefined) === (kind === 'unlabeled'),
    )!;
    expect(Buffer.compare(weak.pixels, wanted.pixels)).toBe(0);
    expect(weak.geometry).toEqual(wanted.geometry);
    if (kind === 'unlabeled') {
      expect(Buffer.compare(strong.pixels, wantedStrong!.pixels)).toBe(0);
      // training has no boxes there, the page has the hidden ones, mapped
      expect(wanted.labels).toHaveLength(0);
      expect(weak.labels.length).toBeGreaterThan(0);
      const { bbox } = annotations!.find((a) => !a.crowd)!;
      const [a, , c] = weak.geometry;
      const ends = [a * bbox[0] + c, a * (bbox[0] + bbox[2]) + c].sort((x, y) => x - y);
      expect(weak.boxes[0]).toBeCloseTo(ends[0]!, 3);
      expect(weak.boxes[2]).toBeCloseTo(ends[1]!, 3);
    } else expect([...weak.boxes]).toEqual([...wanted.boxes]);
  }
});

test('a page of a run: labeled and unlabeled images, every view, no network, the same again', async () => {
  const out = join(folder, 'run.html');
  const argv = ['data', 'browse', '--config', configFile, '--count', '4', '--out', out];
  const { code, stdout, stderr } = await runCli(argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/run\.html \(4 images, [\d.]+ [kM]B\)/);
  const html = words(await readFile(out, 'utf8'));
  selfContained(html);
  expect(count(html, '<div class="sheet">')).toBe(4);
  expect(count(html, 'data:image/jpeg;base64,')).toBe(4 * 4);
  expect(html).toMatch(/2 labeled and 2 unlabeled images, from step 10 of the run/);
  expect(html).toMatch(/boxes?, hidden from training/);
  expect(html).toMatch(/the teacher’s X′/);
  expect(html).toMatch(/the student’s X̂/);
  expect(html).toMatch(/within 96 × 72, times 0\.8 to 1/);
  expect((await stat(out)).size).toBeLessThan(4 * 350_000);
  const all = await readFile(out);
  await runCli(argv);
  expect((await readFile(out)).equals(all)).toBe(true);
  await runCli([...argv, '--seed', '2']);
  expect((await readFile(out)).equals(all)).toBe(false);
});

test('before the end of the burn-in a run sees labeled images alone, and the page says so', async () => {
  const out = join(folder, 'early.html');
  const { stdout } = await runCli([
    'data',
    'browse',
    '--config',
    configFile,
    '--step',
    '0',
    '--count',
    '3',
    '--out',
    out,
    '--json',
  ]);
  const found = JSON.parse(stdout) as { images: { kind: string }[] };
  expect(found.images.map(({ kind }) => kind)).toEqual(['labeled', 'labeled', 'labeled']);
  expect(words(await readFile(out, 'utf8'))).toMatch(/The burn-in ends at step 10/);
});

test('sources without a run: labeled ones with the stronger view too, a folder as unlabeled images', async () => {
  const out = join(folder, 'sources.html');
  const labeled = ['--coco', join(scenes, 'annotations/instances_val.json'), '--images', join(scenes, 'val')];
  expect((await runCli(['data', 'browse', ...labeled, ...SMALL, '--count', '2', '--out', out])).code).toBe(0);
  const html = words(await readFile(out, 'utf8'));
  selfContained(html);
  expect(html).toMatch(/stronger \(C,G\)/);
  expect(count(html, 'data:image/jpeg;base64,')).toBe(2 * 5);
  // a folder beside labeled ones is unlabeled
  const pool = join(scenes, 'pool');
  const both = await runCli([
    'data',
    'browse',
    '--images',
    pool,
    ...labeled,
    ...SMALL,
    '--count',
    '3',
    '--out',
    out,
    '--json',
  ]);
  const mixed = JSON.parse(both.stdout) as { images: { kind: string; path: string }[] };
  expect(mixed.images.map(({ kind }) => kind)).toEqual(['labeled', 'unlabeled', 'unlabeled']);
  for (const { kind, path } of mixed.images) expect(path.includes('/pool/')).toBe(kind === 'unlabeled');
  // an unreadable file is passed over with its reason
  await writeFile(join(pool, 'broken.jpg'), 'no image');
  const { code, stdout, stderr } = await runCli([
    'data',
    'browse',
    '--images',
    pool,
    ...SMALL,
    '--count',
    '6',
    '--out',
    out,
    '--json',
  ]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/broken\.jpg/);
  const found = JSON.parse(stdout) as { images: { kind: string; path: string }[]; unreadable: string[] };
  expect(found.images).toHaveLength(6);
  expect(new Set(found.images.map(({ kind }) => kind))).toEqual(new Set(['unlabeled']));
  expect(found.images.some(({ path }) => path.endsWith('broken.jpg'))).toBe(false);
  expect(found.unreadable).toHaveLength(1);
  expect(words(await readFile(out, 'utf8'))).toMatch(/no boxes are known/);
});

test('wrong use is told', async () => {
  const out = join(folder, 'wrong.html');
  const cases: [string[], RegExp][] = [
    [[], /No data/],
    [['--config', configFile, '--step', '40'], /the run has 40 iterations \(0 to 39\)/],
    [['--config', configFile, ...SMALL], /--short-edge is for data without a config/],
    [['--images', scenes, '--short-edge', '9'], /e\.g\. 640,800/],
    [['--config', configFile, '--images', scenes], /--config names the data already/],
  ];
  for (const [argv, message] of cases) {
    const { code, stderr } = await runCli(['data', 'browse', ...argv, '--out', out]);
    expect({ argv, code }).toEqual({ argv, code: 2 });
    expect(stderr).toMatch(message);
  }
});

test('half size is the mean of 2 x 2, an odd side padded', () => {
  const pixels = Uint8Array.from([0, 0, 0, 100, 40, 8, 50, 50, 50, 20, 40, 0, 40, 80, 0, 10, 10, 10]);
  const half = halfView({ pixels, width: 3, height: 2 }, [30, 20, 70]);
  expect([half.width, half.height]).toEqual([2, 1]);
  expect([...half.pixels]).toEqual([40, 40, 2, 30, 25, 50]);
});

test('a move is put into words', () => {
  const view = (geometry: View['geometry']) => ({ geometry, width: 100, height: 80 }) as View;
  const weak = view([0.5, 0, 0, 0, 0.5, 0]);
  expect(describeMove(weak, weak)).toBeUndefined();
  expect(describeMove(weak, view([0.5, 0, -12, 0, 0.5, 0]))).toBe('shifted by −12 pixels along x');
  expect(describeMove(weak, view([0.5, 0.05, 3, 0, 0.5, 0]))).toBe('sheared by 0.10 along x');
  const [c, s] = [Math.cos(0.2) / 2, Math.sin(0.2) / 2];
  expect(describeMove(weak, view([c, -s, 0, s, c, 0]))).toBe('turned by 11°');
});

test('a picture is bounded in bytes, its names do not cover each other', async () => {
  const [width, height] = [500, 400];
  let state = 1;
  const noise = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16;
  const image: RgbImage = { pixels: Uint8Array.from({ length: width * height * 3 }, noise), width, height };
  const boxes = Array.from({ length: 40 }, (_, i) => {
    const [x1, y1] = [(i % 8) * 60 + 5, Math.floor(i / 8) * 40 + 150];
    return { x1, y1, x2: x1 + 50, y2: y1 + 30, category: i % 3, name: 'something', unseen: i === 0 };
  });
  const svg = String(await renderPanel({ image, boxes, title: 'noise' }));
  const jpeg = Buffer.from(/base64,([^"]+)/.exec(svg)![1]!, 'base64');
  expect(jpeg.length).toBeLessThanOrEqual(MOST_BYTES);
  expect(count(svg, 'stroke-dasharray')).toBe(1);
  const tags = [...svg.matchAll(/class="tag" x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    (m) => m.slice(1).map(Number) as [number, number, number, number],
  );
  expect(tags.length).toBeGreaterThan(3);
  tags.forEach(([x, y, w, h], i) => {
    expect(x >= -1 && y >= -1 && x + w <= width + 1 && y + h <= height + 1).toBe(true);
    for (const [x2, y2, w2, h2] of tags.slice(i + 1))
      expect(x + 0.2 < x2 + w2 && x2 + 0.2 < x + w && y + 0.2 < y2 + h2 && y2 + 0.2 < y + h).toBe(false);
  });
});

const bccd = fileURLToPath(new URL('../../../../../../shared/data/bccd/', import.meta.url));
(existsSync(bccd) ? test : test.skip)('bccd as VOC (SKIPPED where ../shared/data/bccd is absent)', async () => {
  const out = join(folder, 'bccd.html');
  const { code, stderr } = await runCli([
    'data',
    'browse',
    '--voc',
    join(bccd, 'voc'),
    ...SMALL,
    '--set',
    'val',
    '--count',
    '2',
    '--out',
    out,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const html = words(await readFile(out, 'utf8'));
  selfContained(html);
  expect(html).toMatch(/<title>RBC<\/title>/);
});
