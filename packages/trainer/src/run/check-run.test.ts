import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import { parseConfig } from '../config/parse.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { checkRun } from './check-run.ts';
import { train } from './train.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-check-run-'));
  writeMadeUpData(folder, { train: 8, val: 3 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A COCO file like that of the training images, changed. */
function changed(name: string, edit: (coco: { images: object[]; annotations: object[] }) => void): object {
  const coco = JSON.parse(readFileSync(join(folder, 'train.json'), 'utf8')) as Parameters<typeof edit>[0];
  edit(coco);
  writeFileSync(join(folder, name), JSON.stringify(coco));
  return { annotations: join(folder, name), images: join(folder, 'images') };
}

const at = (change: (tiny: RunConfig) => object): RunConfig => {
  const tiny = tinyConfig(folder);
  return parseConfig({ ...tiny, ...change(tiny) });
};

const FAULTS: Record<string, () => RunConfig> = {
  'a canvas that levels do not divide': () =>
    at(({ input }) => ({ input: { ...input, canvas: { width: 100, height: 100 } } })),
  'a canvas too small for what the annotations state': () =>
    at(({ input }) => ({ input: { ...input, resize: { kind: 'fit', long: 256, short: 256, scale: [1, 1] } } })),
  'a canvas too small, told by the files alone': () =>
    at(({ input, data }) => ({
      input: { ...input, resize: { kind: 'fit', long: 256, short: 256, scale: [1, 1] } },
      data: {
        ...data,
        labeled: changed('unsized.json', ({ images }) =>
          images.forEach((image) =>
            ['width', 'height'].forEach((key) => delete (image as Record<string, unknown>)[key]),
          ),
        ),
      },
    })),
  'weights that are not there': () =>
    at(({ detector }) => ({ detector: { ...detector, weights: join(folder, 'none.pth') } })),
  'weights that are none': () =>
    at(({ detector }) => ({ detector: { ...detector, weights: join(folder, 'val.json') } })),
  'a run to start from that is not there': () => at(() => ({ initFrom: join(folder, 'none') })),
  'classes that the data lacks': () => at(({ data }) => ({ data: { ...data, classes: ['red', 'green'] } })),
  'no box to learn from': () =>
    at(({ data }) => ({ data: { ...data, labeled: changed('bare.json', (coco) => (coco.annotations = [])) } })),
  'an image that is cut off': () => {
    writeFileSync(
      join(folder, 'images', 'val-1.png'),
      readFileSync(join(folder, 'images', 'val-1.png')).subarray(0, 900),
    );
    return at(() => ({}));
  },
};

onEveryBackend(
  'before the first step',
  () => {
    test.each(Object.keys(FAULTS))('what stops a run stops its check, by the same words: %s', async (fault) => {
      const config = FAULTS[fault]!();
      const told = await checkRun(config).then(
        () => 'it passes',
        (error: Error) => error.message.split(' (sharp said')[0]!, // which words one fault in several ways
      );
      const out = join(folder, 'run');
      await expect(train(config, { out })).rejects.toThrow(told);
      expect(existsSync(out)).toBe(false);
    });

    test('what passes leaves no tensor and no folder, and says what a run would warn of', async () => {
      const config = at(({ batch }) => ({ batch: { ...batch, labeled: 6 } }));
      const before = tf.memory().numTensors;
      const { warnings, data, expectedSeconds } = await checkRun(config);
      expect(tf.memory().numTensors).toBe(before);
      expect(data.labeled.images).toHaveLength(4);
      expect(warnings.map(({ code }) => code)).toEqual(
        expect.arrayContaining(['batch-above-labeled', 'frozen-random']),
      );
      expect(expectedSeconds).toBeUndefined(); // a run of ten steps
    });

    test('a run of many steps is measured', async () => {
      const config = at(() => ({ iterations: 100_000_000, schedule: { kind: 'step' }, method: { kind: 'sed' } }));
      const before = tf.memory().numTensors;
      const { warnings, expectedSeconds } = await checkRun(config);
      expect(tf.memory().numTensors).toBe(before);
      expect(expectedSeconds).toBeGreaterThan(0);
      expect(warnings.map(({ code }) => code)).toContain('long-run');
    });

    test('and so are the first steps of a run, once', async () => {
      const config = at(() => ({ iterations: 100_000_000, schedule: { kind: 'step' }, method: { kind: 'sed' } }));
      const stop = new AbortController();
      const warned: [string, number][] = [];
      const told: string[] = [];
      await train(config, {
        out: join(folder, 'run'),
        signal: stop.signal,
        log: (line) => told.push(line),
        onEvent: (event) => {
          if (event.kind === 'warning') warned.push([event.code, event.step]);
          if (event.kind === 'progress' && event.step === 5) stop.abort();
        },
      });
      expect(warned.filter(([code]) => code === 'long-run')).toEqual([
        ['long-run', 0],
        ['long-run', 3],
      ]);
      expect(told).toContainEqual(expect.stringMatching(/^Training will take about .* \(by the time of one image/));
    });

    test('images whose size nobody stated are padded by the size that their files have', async () => {
      const labeled = changed('unsized.json', ({ images }) =>
        images.forEach((image) => ['width', 'height'].forEach((key) => delete (image as Record<string, unknown>)[key])),
      );
      const { data } = await checkRun(at(({ data }) => ({ data: { ...data, labeled } })));
      expect(data.labeled.images.map(({ width, height }) => [width, height])).toEqual(Array(4).fill([64, 64]));
    });
  },
  ['tensorflow', 'wasm'],
);
