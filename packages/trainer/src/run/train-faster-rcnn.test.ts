/** A tiny Faster R-CNN through everything a run does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCoco } from '@sed/datasets-coco';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { MetricsRow, TrainRow } from '../metrics/rows.ts';
import { readMetrics } from '../metrics/writer.ts';
import { TINY_FASTER_RCNN, tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { evaluateModel } from './evaluate.ts';
import { loadRun } from './load-run.ts';
import { inputAt, mergeDetections, predictScales } from './multi-scale.ts';
import { predictImages } from './predict.ts';
import { train } from './train.ts';
import type { TrainEvent } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-train-faster-rcnn-'));
writeMadeUpData(folder, { train: 6, val: 2 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = (changes: Record<string, unknown> = {}) =>
  tinyConfig(folder, {
    detector: TINY_FASTER_RCNN,
    iterations: 4,
    method: { kind: 'sed', burnIn: 2, classificationWeight: 0.1, regression: 'objectness' },
    schedule: { kind: 'step', milestones: [3] },
    evaluation: { every: 0 },
    checkpoints: { every: 1, keep: 4 },
    telemetry: { every: 1, pseudoLabels: { every: 4, images: 2 } },
    ...changes,
  });
const weights = (out: string, step: number) =>
  ['student', 'teacher', 'student.optimizer'].map((name) =>
    readFileSync(join(out, `checkpoints/step-${step}/${name}.safetensors`)).toString('base64'),
  );
const rowsOf = (out: string) => readMetrics(join(out, 'metrics.jsonl'));
const trainRows = (rows: MetricsRow[]) => rows.filter((r): r is TrainRow => r.kind === 'train');
const essence = (rows: MetricsRow[]) =>
  rows.filter((r) => r.kind !== 'start' && r.kind !== 'resume').map((r) => ({ ...r, seconds: 0, memory: 0 }));

const SUPERVISED = ['objectness', 'rpnBoxRegression', 'classification', 'boxRegression'].map((n) => `supervised.${n}`);
const PAIRS = ['distillation.rpn', 'distillation.roi', 'scale.rpn', 'scale.roi'];
const PATIENCE = 240_000;

onEveryBackend(
  'Faster R-CNN in train',
  (backend) => {
    const out = join(folder, `run-${backend}`);

    test(
      'a SED run reports the losses of both stages by name, and leaves no tensor',
      async () => {
        const tensors = tf.memory().numTensors;
        const result = await train(config(), { out });
        expect(tf.memory().numTensors).toBe(tensors);
        expect(result.evaluations.teacher?.step).toBe(4);
        const rows = rowsOf(out);
        const steps = trainRows(rows);
        expect(Object.keys(steps[1]!.losses)).toEqual(SUPERVISED);
        const unsupervised = PAIRS.flatMap((pair) => [`${pair}.classification`, `${pair}.regression`]);
        expect(Object.keys(steps[2]!.losses)).toEqual([...SUPERVISED, ...unsupervised]);
        expect(Object.values(steps[2]!.losses).every(Number.isFinite)).toBe(true);
        const l = steps[3]!.losses;
        const sum = (names: string[], end: string) => names.reduce((s, n) => s + l[n + end]!, 0);
        const total =
          sum(SUPERVISED, '') +
          0.1 * sum(PAIRS.slice(0, 2), '.classification') +
          sum(PAIRS.slice(0, 2), '.regression') +
          0.5 * (0.1 * sum(PAIRS.slice(2), '.classification') + sum(PAIRS.slice(2), '.regression'));
        expect(steps[3]!.total / total).toBeCloseTo(1, 5);
        // 64 px: 16² + 8² + 4² + 2² + 1 anchors an image, and at most 10 proposals of each of the two views
        const histogram = (steps[2]!.histogram as number[]).reduce((a, b) => a + b, 0);
        expect(histogram).toBeGreaterThan(2 * 341);
        expect(histogram).toBeLessThanOrEqual(2 * (341 + 20));
        expect(rows.filter((r) => r.kind === 'pseudo').map((r) => r.step)).toEqual([4]);
        // those before the first step are of the made-up data and its random weights
        expect(rows.filter((r) => r.kind === 'warning' && r.step > 0)).toEqual([]);
      },
      PATIENCE,
    );

    test(
      'stopped and resumed it is the uninterrupted run, bit for bit: the samples are drawn by seed and step',
      async () => {
        const other = join(folder, `stopped-${backend}`);
        for (const stopAt of [1, 3, undefined]) {
          const abort = new AbortController();
          const onEvent = (e: TrainEvent) => {
            if (e.kind === 'progress' && e.step === stopAt) abort.abort();
          };
          await train(config(), { out: other, resume: stopAt !== 1, signal: abort.signal, onEvent });
        }
        expect(weights(other, 4)).toEqual(weights(out, 4));
        expect(essence(rowsOf(other))).toEqual(essence(rowsOf(out)));
      },
      PATIENCE,
    );

    test(
      'loaded again it detects what was evaluated',
      async () => {
        const run = loadRun(out, { checkpoint: 'last' });
        expect(run.detector.name).toBe('fasterrcnn-efficientnet-lite0');
        const dataset = await loadCoco({ annotations: join(folder, 'val.json'), images: join(folder, 'images') });
        const at = { step: 4, model: 'teacher' } as const;
        const row = await evaluateModel(run.detector, run.parameters, dataset, at, { input: run.config.input });
        expect(essence([row])).toEqual(essence(rowsOf(out).filter((r) => r.kind === 'eval')).slice(-1));
        // at several sizes: each as on its own, and all of them merged
        const { input } = run.config;
        const options = { input, categories: run.categories, scoreThreshold: 0, maxDetections: 10 };
        const scales = [64, 96];
        const { detector, parameters } = run;
        const several = await predictScales(detector, parameters, dataset.images, { ...options, scales });
        expect(several.perScale.map(({ scale }) => scale)).toEqual(scales);
        for (const { scale, detections } of several.perScale) {
          const alone = await predictImages(detector, parameters, dataset.images, {
            ...options,
            input: inputAt(input, scale),
          });
          expect(detections.length).toBeGreaterThan(0);
          expect(detections).toEqual(alone);
        }
        const both = several.perScale.map(({ detections }) => detections);
        expect(both[0]).not.toEqual(both[1]);
        expect(several.merged).toEqual(mergeDetections(both, dataset.images, { maxDetections: 10 }));
        tf.dispose([...run.parameters.values()]);
      },
      PATIENCE,
    );

    test(
      'a checkpoint of other classes gives all but the class head, and that is said',
      async () => {
        const checkpoint = join(out, 'checkpoints/step-4/teacher.safetensors');
        const three = join(folder, `three-${backend}`);
        writeMadeUpData(three, { train: 4, val: 1 }, ['red', 'blue', 'green']);
        const said: string[] = [];
        const changes = {
          detector: { ...TINY_FASTER_RCNN, checkpoint },
          iterations: 2,
          method: { kind: 'supervised', burnIn: 1 },
          schedule: { kind: 'step', milestones: [1] },
          optimizer: { lr: 1e-12, warmup: { steps: 0, factor: 1 } },
          evaluation: { every: 0, models: ['student'] },
        };
        const { data } = tinyConfig(three);
        await train(config({ ...changes, data }), { out: join(three, 'run'), log: (m) => said.push(m) });
        expect(said.join('\n')).toMatch(
          /cls_score.*\[3, 16\] in the file, \[4, 16\] needed.*the class head .* starts fresh/,
        );
        expect(said.join('\n')).toMatch(/teacher\.safetensors/);
        const loaded = loadRun(join(three, 'run'), { model: 'student', checkpoint: 'last' });
        const before = loadRun(out, { model: 'teacher', checkpoint: 'last' });
        const name = 'rpn.head.conv.0.0.weight';
        const change = tf.tidy(() =>
          tf.max(tf.abs(tf.sub(loaded.parameters.get(name)!, before.parameters.get(name)!))),
        );
        expect(change.dataSync()[0]).toBeLessThan(1e-9);
        tf.dispose([change, ...loaded.parameters.values(), ...before.parameters.values()]);
      },
      PATIENCE,
    );
  },
  ['tensorflow'],
);

onEveryBackend(
  'Faster R-CNN in train, the portable way',
  () => {
    test(
      'a SED step, with views that differ in geometry',
      async () => {
        const out = join(folder, 'portable');
        const tensors = tf.memory().numTensors;
        const changes = {
          iterations: 2,
          method: { kind: 'sed', burnIn: 1 },
          schedule: { kind: 'step', milestones: [1] },
          optimizer: { lr: 0.002, clip: 10, warmup: { steps: 0, factor: 1 } },
          evaluation: { every: 0, models: ['student'] },
          augment: { geometry: { probability: 1 } },
        };
        await train(config(changes), { out });
        expect(tf.memory().numTensors).toBe(tensors);
        const steps = trainRows(rowsOf(out));
        expect(steps.map((r) => Object.keys(r.losses).length)).toEqual([4, 12]);
        expect(Object.values(steps[1]!.losses).every(Number.isFinite)).toBe(true);
        const { rows, of } = steps[1]!.leftOut as { rows: number; of: number };
        expect(rows).toBeGreaterThan(0);
        expect(of).toBeGreaterThan(rows);
      },
      PATIENCE,
    );
  },
  ['wasm'],
);
