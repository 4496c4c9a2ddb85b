/**
 * Runs under the stronger augmentation (A.2), where the student's views are moved, and under large-scale jitter (Tab
 * 6).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { View } from '@sed/augment';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { createLoader, type StepViews } from '../data/loader.ts';
import { openData } from '../data/open.ts';
import type { TrainRow } from '../metrics/rows.ts';
import { readMetrics } from '../metrics/writer.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { train } from './train.ts';
import type { TrainEvent } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-geometry-'));
writeMadeUpData(folder, { train: 8, val: 2 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = (changes: Record<string, unknown> = {}) =>
  tinyConfig(folder, {
    augment: { labeled: 'strong', geometry: { probability: 1 } },
    iterations: 5,
    method: { kind: 'sed', burnIn: 2, classificationWeight: 0.1, regression: 'objectness' },
    schedule: { kind: 'step', milestones: [4] },
    evaluation: { every: 0 },
    checkpoints: { every: 3 },
    telemetry: { every: 1 },
    ...changes,
  });
/** A measure of SED. */
interface LeftOut {
  rows: number;
  of: number;
}
const rowsOf = (out: string) =>
  readMetrics(join(out, 'metrics.jsonl')).filter((row): row is TrainRow => row.kind === 'train');
const weights = (out: string) =>
  ['student', 'teacher', 'student.optimizer'].map((name) =>
    readFileSync(join(out, `checkpoints/step-5/${name}.safetensors`)).toString('base64'),
  );
const PATIENCE = 240_000;

test('geometry moves the student and the labeled views; the teacher sees the weak ones', async () => {
  const probability = (p: number) =>
    config({ augment: { labeled: 'strong', geometry: { probability: p } }, pipeline: { workers: 0 } });
  const viewsOf = async (p: number) => {
    const run = probability(p);
    for await (const views of createLoader(run, await openData(run)).steps(2)) return views;
    throw new Error('no step');
  };
  const [moved, still] = [await viewsOf(1), await viewsOf(0)];
  const unlabeledOf = ({ unlabeled }: StepViews) => unlabeled!.views as Record<'weak' | 'strong', readonly View[]>;
  const [movedViews, stillViews] = [unlabeledOf(moved), unlabeledOf(still)];
  movedViews.strong.forEach((view, i) => {
    expect(view.geometry).not.toEqual(movedViews.weak[i]!.geometry);
    expect([view.width, view.height]).toEqual([movedViews.weak[i]!.width, movedViews.weak[i]!.height]);
  });
  expect(movedViews.weak).toEqual(stillViews.weak);
  stillViews.strong.forEach((view, i) => expect(view.geometry).toEqual(stillViews.weak[i]!.geometry));
  const labeledOf = ({ labeled }: StepViews) => labeled.views['image']!;
  expect(labeledOf(moved)).toHaveLength(2);
  labeledOf(moved).forEach((view, i) => expect(view.boxes).not.toEqual(labeledOf(still)[i]!.boxes));
});

test('views that cannot fit the canvas are named before the first step', async () => {
  const out = join(folder, 'never');
  const refused = async (resize: unknown, message: RegExp) => {
    const run = config({ input: { resize, canvas: { width: 64, height: 64 } } });
    await expect(train(run, { out })).rejects.toThrow(message);
    expect(existsSync(out)).toBe(false);
  };
  await refused(
    { kind: 'fit', long: 64, short: 64, scale: [0.5, 1.5] },
    /"input\.canvas" is 64x64, but .*png \(64x64\) becomes 96x96 under "input\.resize\.scale" 1\.5\. Take a canvas of at least 128x128/,
  );
  await refused(
    { kind: 'short-edge', short: [30, 120], long: 200 },
    /becomes 120x120 under "input\.resize\.short" 120/,
  );
  // tests are at scale 1
  await refused({ kind: 'fit', long: 80, short: 80, scale: [0.5, 0.7] }, /becomes 80x80 under "input\.resize"/);
});

onEveryBackend(
  'train with geometry',
  (backend) => {
    const out = join(folder, `run-${backend}`);

    test(
      'losses are finite, the rows left out are counted, no tensor stays',
      async () => {
        const tensors = tf.memory().numTensors;
        await train(config(), { out });
        expect(tf.memory().numTensors).toBe(tensors);
        const rows = rowsOf(out);
        expect(rows.map((row) => row.leftOut !== undefined)).toEqual([false, false, true, true, true]);
        for (const row of rows.slice(2)) {
          const { losses } = row;
          const [leftOut, histogram] = [row.leftOut as LeftOut, row.histogram as number[]];
          expect(Object.values(losses).every(Number.isFinite)).toBe(true);
          expect(losses['distillation.dense.regression']).toBeGreaterThan(0);
          // 64 px: 8² + 4² + 2² + 1 + 1 anchors an image, two images; every row is in the histogram or left out
          expect(leftOut.of).toBe(2 * 86);
          expect(leftOut.rows).toBeGreaterThan(0);
          expect(leftOut.rows).toBeLessThan(leftOut.of / 2);
          expect(histogram.reduce((a, b) => a + b, 0)).toBe(leftOut.of - leftOut.rows);
        }
      },
      PATIENCE,
    );

    // the portable way is slow, and is shown by the first test
    if (backend === 'wasm') return;

    test(
      'stopped and resumed, it is the uninterrupted run, bit for bit',
      async () => {
        const other = join(folder, `stopped-${backend}`);
        for (const stopAt of [1, 4, undefined]) {
          const abort = new AbortController();
          const onEvent = (e: TrainEvent) => {
            if (e.kind === 'progress' && e.step === stopAt) abort.abort();
          };
          await train(config(), { out: other, resume: stopAt !== 1, signal: abort.signal, onEvent });
        }
        expect(weights(other)).toEqual(weights(out));
        expect(rowsOf(other).map(({ losses, leftOut }) => ({ losses, leftOut }))).toEqual(
          rowsOf(out).map(({ losses, leftOut }) => ({ losses, leftOut })),
        );
      },
      PATIENCE,
    );

    test(
      'large-scale jitter without a canvas: sizes change from step to step',
      async () => {
        const input = {
          resize: { kind: 'short-edge', short: [24, 160], long: 200, test: { short: 64, long: 107 } },
          canvas: null,
        };
        const jitter = join(folder, `jitter-${backend}`);
        const run = config({ input });
        await train(run, { out: jitter });
        const rows = rowsOf(jitter);
        expect(rows.every(({ losses }) => Object.values(losses).every(Number.isFinite))).toBe(true);
        const sizes: number[] = [];
        for await (const { step, unlabeled } of createLoader(run, await openData(run)).steps(2)) {
          sizes.push(...unlabeled!.views['strong']!.map((view) => view.height));
          // made-up images are square; padded to a multiple of 64, every level has half the cells of a side of the one
          // before
          const padded = Math.ceil(Math.max(...sizes.slice(-2)) / 64) * 64;
          const cells = [8, 16, 32, 64, 128].reduce((sum, stride) => sum + Math.ceil(padded / stride) ** 2, 0);
          expect((rows[step]!.leftOut as LeftOut).of).toBe(2 * cells);
        }
        expect(Math.min(...sizes)).toBeLessThan(64);
        expect(Math.max(...sizes)).toBeGreaterThan(64);
      },
      PATIENCE,
    );
  },
  ['tensorflow', 'wasm'],
);
