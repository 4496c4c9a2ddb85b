import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateVoc, loadCoco } from '@sed/datasets-coco';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { checkpointSteps } from '../checkpoint/files.ts';
import type { MetricsRow, TrainRow } from '../metrics/rows.ts';
import { readMetrics } from '../metrics/writer.ts';
import { evaluateModel } from './evaluate.ts';
import { loadRun } from './load-run.ts';
import { predictImages } from './predict.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { train } from './train.ts';
import type { TrainEvent } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-train-'));
writeMadeUpData(folder, { train: 8, val: 3 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const weights = (out: string, step: number) =>
  ['student', 'teacher', 'student.optimizer'].map((name) =>
    readFileSync(join(out, `checkpoints/step-${step}/${name}.safetensors`)).toString('base64'),
  );
const rowsOf = (out: string) => readMetrics(join(out, 'metrics.jsonl'));
const trainRows = (rows: MetricsRow[]) => rows.filter((r): r is TrainRow => r.kind === 'train');
/** Rows without what a clock or the process decides. */
const essence = (rows: MetricsRow[]) =>
  rows.filter((r) => r.kind !== 'start' && r.kind !== 'resume').map((r) => ({ ...r, seconds: 0, memory: 0 }));

/** A few seconds on an idle machine; the machine is not always idle. */
const PATIENCE = 240_000;

onEveryBackend(
  'train',
  (backend) => {
    const out = join(folder, `run-${backend}`);
    const events: TrainEvent[] = [];
    const before = () => tf.memory().numTensors;

    test(
      'a SED run writes its folder, and leaves no tensor',
      async () => {
        const tensors = before();
        const result = await train(tinyConfig(folder), { out, onEvent: (e) => events.push(e), notes: ['a note'] });
        expect(tf.memory().numTensors).toBe(tensors);
        expect(result).toMatchObject({ step: 10, stopped: false, checkpoint: join(out, 'checkpoints/step-10') });
        expect(result.evaluations.teacher?.step).toBe(10);

        const rows = rowsOf(out);
        expect(rows[0]).toMatchObject({
          kind: 'start',
          step: 0,
          seed: 1,
          notes: ['a note'],
          images: { labeled: 4, unlabeled: 4, validation: 3 },
        });
        expect(rows.at(-1)).toMatchObject({ kind: 'done', step: 10 });
        const steps = trainRows(rows);
        expect(steps.map((r) => r.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        expect(Object.keys(steps[3]!.losses)).toEqual(['supervised.classification', 'supervised.boxRegression']);
        expect(Object.keys(steps[4]!.losses)).toEqual([
          'supervised.classification',
          'supervised.boxRegression',
          'distillation.dense.classification',
          'distillation.dense.regression',
          'scale.dense.classification',
          'scale.dense.regression',
        ]);
        expect(steps.map((r) => r.alpha)).toEqual([null, null, null, null, 0.99, 0.99, 0.99, 0.99, 0.9, 0.9]);
        // Σ weights · losses, by hand
        const l = steps[9]!.losses;
        const total =
          l['supervised.classification']! +
          l['supervised.boxRegression']! +
          0.1 * l['distillation.dense.classification']! +
          l['distillation.dense.regression']! +
          0.5 * (0.1 * l['scale.dense.classification']! + l['scale.dense.regression']!);
        expect(steps[9]!.total / total).toBeCloseTo(1, 5);
        // 64 px: 8² + 4² + 2² + 1 + 1 anchors an image, two images
        expect((steps[4]!.histogram as number[]).reduce((a, b) => a + b, 0)).toBe(2 * 86);
        expect(rows.filter((r) => r.kind === 'eval').map((r) => [r.step, r.kind === 'eval' && r.model])).toEqual([
          [5, 'student'],
          [5, 'teacher'],
          [10, 'student'],
          [10, 'teacher'],
        ]);
        expect(rows.filter((r) => r.kind === 'pseudo').map((r) => r.step)).toEqual([5, 10]);
        // the last of every third, and the end of the burn-in, the milestone and the end
        expect(checkpointSteps(join(out, 'checkpoints'))).toEqual([4, 8, 9, 10]);
        const progress = events.filter((e) => e.kind === 'progress');
        expect(progress).toHaveLength(10);
        // a step of the burn-in has no unlabeled images: those to come take longer
        const { step, secondsPerStep, secondsLeft } = progress[1]!;
        expect(secondsLeft).toBeGreaterThan(1.5 * (10 - step) * secondsPerStep);
        expect(progress[8]!.secondsLeft).toBeCloseTo(progress[8]!.secondsPerStep, 9);
        // the number of tensors is the same in every step of a phase
        expect(new Set(steps.slice(1, 3).map((r) => r.memory.tensors)).size).toBe(1);
        expect(new Set(steps.slice(4).map((r) => r.memory.tensors)).size).toBe(1);
      },
      PATIENCE,
    );

    test(
      'a run stopped and resumed is the uninterrupted one, bit for bit',
      async () => {
        const other = join(folder, `stopped-${backend}`);
        for (const stopAt of [3, 6, 9, undefined]) {
          const abort = new AbortController();
          const onEvent = (e: TrainEvent) => {
            if (e.kind === 'progress' && e.step === stopAt) abort.abort();
          };
          const result = await train(tinyConfig(folder), {
            out: other,
            resume: stopAt !== 3,
            signal: abort.signal,
            onEvent,
          });
          expect(result.stopped).toBe(stopAt !== undefined);
          if (stopAt) expect(result.step).toBe(stopAt);
        }
        expect(weights(other, 10)).toEqual(weights(out, 10));
        expect(essence(rowsOf(other))).toEqual(essence(rowsOf(out)));
      },
      PATIENCE,
    );

    test(
      'a stop while evaluating does the evaluation when resumed, once',
      async () => {
        const other = join(folder, `evaluating-${backend}`);
        const abort = new AbortController();
        const onEvent = (e: TrainEvent) => {
          if (e.kind === 'evaluating') abort.abort();
        };
        const config = tinyConfig(folder, { evaluation: { every: 5, batch: 1 } });
        expect(await train(config, { out: other, signal: abort.signal, onEvent })).toMatchObject({
          step: 5,
          stopped: true,
        });
        await train(config, { out: other, resume: true });
        expect(
          rowsOf(other)
            .filter((r) => r.kind === 'eval')
            .map((r) => r.step),
        ).toEqual([5, 5, 10, 10]);
        expect(weights(other, 10)).toEqual(weights(out, 10));
      },
      PATIENCE,
    );

    test(
      'a run is loaded and predicts what was evaluated',
      async () => {
        const tensors = before();
        const run = loadRun(out, { checkpoint: 'last' });
        expect(run).toMatchObject({
          model: 'teacher',
          step: 10,
          categories: [
            { id: 1, name: 'red' },
            { id: 2, name: 'blue' },
          ],
        });
        const dataset = await loadCoco({ annotations: join(folder, 'val.json'), images: join(folder, 'images') });
        const { input } = run.config;
        const row = await evaluateModel(
          run.detector,
          run.parameters,
          dataset,
          { step: 10, model: 'teacher' },
          { input },
        );
        const written = rowsOf(out)
          .filter((r) => r.kind === 'eval')
          .at(-1)!;
        expect(essence([row])).toEqual(essence([written]));
        const all = await predictImages(run.detector, run.parameters, dataset.images, {
          input,
          categories: run.categories,
        });
        const voc = (protocol: 'voc07' | 'voc10') => evaluateVoc(dataset, all, { protocol }).mAP;
        expect(row.voc).toEqual({ voc07: voc('voc07'), voc10: voc('voc10') });
        const options = { input, categories: run.categories, scoreThreshold: 0, maxDetections: 5 };
        const found = await predictImages(run.detector, run.parameters, dataset.images, options);
        expect(found).toHaveLength(15);
        // an image that cannot be read is left out where the caller wants to know of it, and an error otherwise
        const broken = { ...dataset.images[1]!, path: join(folder, 'train.json') };
        const mixed = [dataset.images[0]!, broken, dataset.images[2]!];
        const unreadable: number[] = [];
        const rest = await predictImages(run.detector, run.parameters, mixed, {
          ...options,
          batch: 1,
          onUnreadable: (image) => unreadable.push(image.id),
        });
        expect(unreadable).toEqual([broken.id]);
        expect([...new Set(rest.map((d) => d.image_id))]).toEqual([dataset.images[0]!.id, dataset.images[2]!.id]);
        await expect(predictImages(run.detector, run.parameters, mixed, options)).rejects.toThrow(/train\.json/);
        // boxes are in pixels of the file, x y w h
        for (const { bbox } of found) expect(Math.max(bbox[0] + bbox[2], bbox[1] + bbox[3])).toBeLessThan(64.001);
        tf.dispose([...run.parameters.values()]);
        expect(before()).toBe(tensors);
        expect(loadRun(join(out, 'checkpoints/step-4'), { model: 'student' }).step).toBe(4);
        expect(() => loadRun(folder)).toThrow(/is no run/);
      },
      PATIENCE,
    );

    test(
      'supervised runs share the burn-in, and keep an average of their own',
      async () => {
        const other = join(folder, `supervised-${backend}`);
        const config = tinyConfig(folder, { method: { kind: 'supervised', burnIn: 4 }, initFrom: out });
        await train(config, { out: other });
        const rows = trainRows(rowsOf(other));
        expect(rows[0]!.step).toBe(5);
        // the first step after the burn-in has the same labeled images and weights
        expect(rows[0]!.losses['supervised.classification']).toBe(
          trainRows(rowsOf(out))[4]!.losses['supervised.classification'],
        );
        expect(rowsOf(other).some((r) => r.kind === 'eval' && r.model === 'teacher')).toBe(true);
        expect(weights(other, 10)[0]).not.toBe(weights(out, 10)[0]);
      },
      PATIENCE,
    );

    test(
      'accumulated parts add up to the whole step',
      async () => {
        // one step; losses normalized by the image, so that the mean over parts is the mean over images
        const changes = {
          iterations: 2,
          method: { kind: 'supervised', burnIn: 1 },
          schedule: { kind: 'step', milestones: [1] },
          evaluation: { every: 0 },
        };
        const losses: number[][][] = [];
        for (const accumulate of [1, 2]) {
          const batch = { labeled: 2, unlabeled: 2, accumulate };
          const config = tinyConfig(folder, { ...changes, batch, optimizer: { lr: 0.002, warmup: { steps: 0 } } });
          if (config.detector.kind === 'retinanet') config.detector.loss.normalizer = 'image';
          const at = join(folder, `accumulate-${accumulate}-${backend}`);
          await train(config, { out: at });
          losses.push(trainRows(rowsOf(at)).map((r) => [r.losses['supervised.classification']!, r.gradientNorm]));
        }
        losses[0]!.flat().forEach((value, i) => expect(losses[1]!.flat()[i]! / value).toBeCloseTo(1, 4));
      },
      PATIENCE,
    );

    test(
      'a loss that is not finite stops the run before the update',
      async () => {
        const other = join(folder, `nan-${backend}`);
        const config = tinyConfig(folder, {
          optimizer: { lr: 1e30, warmup: { steps: 0, factor: 1 } },
          checkpoints: { every: 1 },
        });
        await expect(train(config, { out: other })).rejects.toThrow(
          /Step \d+: .*(loss supervised|norm of the gradient).*\n.*train-\d\.png[^]*checkpoints\/step-\d/,
        );
      },
      PATIENCE,
    );

    test(
      'a file that breaks while the run goes on costs no step: the run is kept and goes on when it is mended',
      async () => {
        const at = join(folder, `breaks-${backend}`);
        mkdirSync(at);
        writeMadeUpData(at, { train: 8, val: 3 });
        const file = join(at, 'images/val-1.png');
        const whole = readFileSync(file);
        const onEvent = (e: TrainEvent) => {
          if (e.kind === 'progress' && e.step === 2) writeFileSync(file, whole.subarray(0, 500));
        };
        const run = join(at, 'run');
        await expect(train(tinyConfig(at), { out: run, onEvent })).rejects.toThrow(
          /val-1\.png: .*\nThe run is kept at step 5: .*step-5\. When .* resume the run\./,
        );
        expect(rowsOf(run).some((r) => r.kind === 'eval')).toBe(false);
        writeFileSync(file, whole);
        await train(tinyConfig(at), { out: run, resume: true });
        expect(
          rowsOf(run)
            .filter((r) => r.kind === 'eval')
            .map((r) => r.step),
        ).toEqual([5, 5, 10, 10]);
        expect(weights(run, 10)).toEqual(weights(out, 10));
      },
      PATIENCE,
    );

    test(
      'what would fail later fails first',
      async () => {
        const fails = async (config: unknown, message: RegExp, options = {}) => {
          const at = join(folder, 'never');
          rmSync(at, { recursive: true, force: true });
          await expect(train(config as never, { out: at, ...options })).rejects.toThrow(message);
          expect(existsSync(at)).toBe(false); // nothing that the next try would stumble over
        };
        const config = tinyConfig(folder);
        await expect(train(config, { out })).rejects.toThrow(/already has a run/);
        await expect(train({ ...config, seed: 2 }, { out, resume: true })).rejects.toThrow(
          /other settings.*seed \(1 → 2\)/,
        );
        await fails(
          { ...config, data: { ...config.data, validation: { ...config.data.validation, annotations: '/none.json' } } },
          /none\.json/,
        );
        await fails(
          { ...config, input: { ...config.input, canvas: { width: 96, height: 64 } } },
          /multiples of 64, e\.g\. 128x64/,
        );
        await fails(
          { ...config, input: { ...config.input, resize: { kind: 'fit', long: 96, short: 96, scale: [1, 1] } } },
          /becomes 96x96/,
        );
        await fails({ ...config, initFrom: '/nowhere' }, /"initFrom": \/nowhere does not exist/);
        writeFileSync(
          join(folder, 'classes.json'),
          readFileSync(join(folder, 'val.json'), 'utf8').replace('"blue"', '"Blue"'),
        );
        const otherClasses = { ...config.data.validation, annotations: join(folder, 'classes.json') };
        await fails(
          { ...config, data: { ...config.data, validation: otherClasses } },
          /"data.validation": The classes of the sources are not those of data.labeled:[^]*'Blue' may be 'blue'/,
        );
      },
      PATIENCE,
    );
  },
  ['tensorflow'],
);

onEveryBackend(
  'train, the portable way',
  () => {
    test(
      'two SED steps',
      async () => {
        const out = join(folder, 'portable');
        const tensors = tf.memory().numTensors;
        const changes = {
          iterations: 3,
          method: { kind: 'sed', burnIn: 1 },
          schedule: { kind: 'step', milestones: [2] },
        };
        await train(tinyConfig(folder, { ...changes, telemetry: { every: 1 } }), { out });
        expect(tf.memory().numTensors).toBe(tensors);
        expect(trainRows(rowsOf(out)).map((r) => Object.keys(r.losses).length)).toEqual([2, 6, 6]);
      },
      PATIENCE,
    );
  },
  ['wasm'],
);
