import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolder } from '@sed/datasets-coco';
import { synthesize } from '@sed/datasets-coco/synth';
import { runCli } from '../testing/run-cli.ts';
import { benchConfig, measureData, withMadeUp } from './data.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sed-bench-data-'));
  await synthesize({ out: folder, seed: 2, width: 96, height: 64, splits: [{ name: 'a', images: 3, labeled: false }] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('all steps but the first are timed, and what was waited adds up', async () => {
  const { images } = await openFolder({ images: join(folder, 'a') });
  const seen: number[] = [];
  const speed = await measureData(images, benchConfig({ size: 64, batch: 4, steps: 5, workers: 0 }), {
    onStep: (step) => seen.push(step),
  });
  expect(seen).toEqual(Array.from({ length: 15 }, (_, i) => i)); // ten to warm up
  expect([speed.images, speed.waits.length, speed.workers]).toEqual([20, 5, 0]);
  expect(speed.processorSeconds).toBeGreaterThan(0);
  expect(speed.waits.reduce((a, b) => a + b) / 1000).toBeCloseTo(speed.seconds, 9);
});

test('the command prints one JSON object, of files that were named', async () => {
  const argv = ['bench', 'data', '--images', 'a/*.jpg', '--size', '64', '--batch', '4', '--count', '8', '--json'];
  const { code, stdout } = await runCli(argv, { cwd: folder });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ files: 3, made_up: false, size: 64, batch: 4, images: 8 });
});

test('made-up images are lent and removed, also where their use fails; wrong use is told', async () => {
  const size = { images: 2, width: 64, height: 48 };
  const lent: string[] = [];
  const found = await withMadeUp(size, async (images) => {
    lent.push(...images.map(({ path }) => path));
    expect(lent.every((path) => existsSync(path))).toBe(true);
    return images.length;
  });
  expect(found).toBe(2);
  await expect(
    withMadeUp(size, async ([image]) => {
      lent.push(image!.path);
      throw new Error('it failed');
    }),
  ).rejects.toThrow('it failed');
  expect(lent.some((path) => existsSync(path))).toBe(false);
  expect((await runCli(['bench', 'data', '--batch', '1'])).code).toBe(2);
  const nowhere = await runCli(['bench', 'data', '--images', 'nothing/*.jpg'], { cwd: folder });
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('nothing')]);
});
