/** Each analysis on a tiny detector and made-up images, against what its definition says, computed another way. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testView } from '@sed/augment';
import { decodeImage, type Dataset } from '@sed/datasets-coco';
import { recallPrecisionAt } from '@sed/datasets-coco/metrics';
import { imageBatch, reduceBatch, type Detector, type PredictionPair } from '@sed/detectors';
import { scaleConsistencyLoss, selfDistillationLoss, type Weighting } from '@sed/losses';
import { expectClose, hashedParameters, onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import { createLoader } from '../data/loader.ts';
import { objectsOf, openData } from '../data/open.ts';
import { createDetector } from '../run/detector.ts';
import { batchingOf, predictImages } from '../run/predict.ts';
import { TINY_FASTER_RCNN, tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { analyzeGradients } from './gradients.ts';
import { openRunPart } from './open-part.ts';
import { CURVE_THRESHOLDS, pseudoLabelCurves } from './pseudo-labels.ts';
import { scoreDistances } from './score-distance.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-analyses-'));
writeMadeUpData(folder, { train: 8, val: 3 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KINDS: [string, Record<string, unknown>][] = [
  ['RetinaNet', {}],
  ['Faster R-CNN', { detector: TINY_FASTER_RCNN }],
];
const BACKENDS = ['wasm', 'tensorflow'];
const PATIENCE = 120_000;

/** Numbers of a tensor's rows. */
const rowsOf = (t: tf.Tensor2D): number[][] => t.arraySync();
const scores = ({ activation }: PredictionPair, row: number[]): number => {
  if (activation === 'sigmoid') return Math.max(...row.map((z) => 1 / (1 + Math.exp(-z))));
  const most = Math.max(...row);
  const exps = row.map((z) => Math.exp(z - most));
  return Math.max(...exps.slice(0, -1)) / exps.reduce((a, b) => a + b);
};

onEveryBackend(
  'analyses',
  () => {
    describe.each(KINDS)('of a %s', (_, changes) => {
      const canvas = { width: 128, height: 128 };
      const config: RunConfig = tinyConfig(folder, {
        ...changes,
        // a canvas for the pairs, larger than the views, whose padding counts
        input: { resize: { kind: 'fit', long: 112, short: 112, scale: [0.8, 1] }, canvas },
      });
      let detector: Detector;
      let student: Map<string, tf.Tensor>;
      let teacher: Map<string, tf.Tensor>;
      let validation: Dataset;
      beforeAll(async () => {
        detector = createDetector(config, 2);
        student = hashedParameters(detector.parameters);
        teacher = new Map(detector.initialize(5));
        ({ dataset: validation } = await openRunPart(config, 'validation', CATEGORIES));
      });
      afterAll(() => tf.dispose([...student.values(), ...teacher.values()]));

      test(
        'score distances: every row, its bin, its kind and its level',
        async () => {
          const before = tf.memory().numTensors;
          const found = await scoreDistances(detector, student, validation.images, { input: config.input, bins: 5 });
          expect(tf.memory().numTensors).toBe(before);
          expect(found).toMatchObject({ images: 3, shift: 1, edges: [0, 0.2, 0.4, 0.6, 0.8, 1] });
          const wanted = new Map<string, { distance: number; match: number; level: number | undefined }[]>();
          for (const image of validation.images) {
            const view = testView(await decodeImage(image.path), { resize: config.input.resize }, objectsOf(image));
            const batch = imageBatch([view], batchingOf(config.input, detector, 1));
            tf.engine().startScope();
            const full = detector.forward(student, batch);
            const reduced = detector.forward(student, reduceBatch(batch, 1));
            const matched = detector.matchScalePairs!(full, reduced, 1, [view]);
            detector.scalePairs(full, reduced, 1).forEach((pair, p) => {
              const [a, b] = [rowsOf(pair.a.logits), rowsOf(pair.b.logits)];
              const rows = a.map((row, i) => ({
                distance: Math.abs(scores(pair, row) - scores(pair, b[i]!)),
                match: matched[p]!.matches[i]!,
                level: matched[p]!.levels?.[i],
              }));
              wanted.set(pair.name, [...(wanted.get(pair.name) ?? []), ...rows]);
            });
            tf.engine().endScope();
            batch.pixels.dispose();
          }
          expect(found.pairs.map(({ pair }) => pair)).toEqual([...wanted.keys()]);
          for (const pair of found.pairs) {
            const rows = wanted.get(pair.pair)!;
            expect(pair.all.rows).toBe(rows.length);
            const mean = (of: typeof rows) => of.reduce((sum, { distance }) => sum + distance, 0) / of.length;
            const kinds = [
              [pair.all, rows],
              [pair.foreground, rows.filter(({ match }) => match >= 0)],
              [pair.background, rows.filter(({ match }) => match === -1)],
              ...pair.levels.map((l) => [l.all, rows.filter(({ level }) => level === l.level)] as const),
            ] as const;
            for (const [group, of] of kinds) {
              expect(group.rows).toBe(of.length);
              if (of.length > 0) expectClose([group.meanDistance!], [mean(of)], { absolute: 1e-5 });
              const bins = [0, 1, 2, 3, 4].map(
                (j) => of.filter(({ distance }) => Math.min(4, Math.floor(distance * 5)) === j).length / 3,
              );
              expectClose(group.perImage, bins, { absolute: 1e-9 });
            }
            expect(pair.levels.map(({ partner }) => partner)).toEqual(pair.levels.map(({ level }) => level - 1));
          }
          expect(found.pairs[0]!.foreground.rows).toBeGreaterThan(0);
          expect(found.pairs[0]!.levels.length).toBeGreaterThan(2);
        },
        PATIENCE,
      );

      test(
        'gradients: the L1 norms of tf’s own gradients, on the views of training’s loader',
        async () => {
          const data = await openData(config);
          const from = 6;
          const bins = 10;
          const before = tf.memory().numTensors;
          const found = await analyzeGradients(detector, { student, teacher }, config, data.unlabeled!.images, {
            images: 4,
            from,
            bins,
          });
          expect(tf.memory().numTensors).toBe(before);
          expect(found).toMatchObject({ images: 4, steps: 2, batch: 2, shift: 1 });

          const sums = new Map<string, number[]>();
          const rows = new Map<string, number>();
          for await (const { step, unlabeled } of createLoader(config, data).steps(from)) {
            tf.engine().startScope();
            const batching = batchingOf(config.input, detector, 1);
            const strong = imageBatch(unlabeled!.views['strong']!, batching);
            const full = detector.forward(student, strong);
            const soft = detector.forward(teacher, imageBatch(unlabeled!.views['weak']!, batching));
            const reduced = detector.forward(student, reduceBatch(strong, 1));
            const terms = [
              ...detector.distillationPairs(soft, full).map((pair) => ({ loss: 'distillation', pair }) as const),
              ...detector.scalePairs(full, reduced, 1).map((pair) => ({ loss: 'scale', pair }) as const),
            ];
            for (const { loss, pair } of terms) {
              const key = `${loss} ${pair.name}`;
              const [a, b, deltas] = [pair.a.logits, pair.b.logits, pair.b.deltas];
              rows.set(key, (rows.get(key) ?? 0) + a.shape[0]);
              const norms = (
                [{ kind: 'uniform' }, { kind: 'gradient-histogram', bins }] as const satisfies Weighting[]
              ).map((weighting) => {
                const gradient = tf.grad((x) => {
                  const moved = { logits: x as tf.Tensor2D, deltas };
                  const fixed = { logits: a, deltas };
                  const options = { activation: pair.activation, weighting };
                  return loss === 'scale'
                    ? scaleConsistencyLoss(fixed, moved, options).classification
                    : selfDistillationLoss(fixed, moved, options).classification;
                })(b);
                return tf.sum(tf.abs(gradient)).dataSync()[0]!;
              });
              const sum = sums.get(key) ?? [0, 0];
              sums.set(key, [sum[0]! + norms[0]! / 2, sum[1]! + norms[1]! / 2]);
            }
            tf.engine().endScope();
            if (step === from + 1) break;
          }
          expect(found.terms.map(({ loss, pair }) => `${loss} ${pair}`)).toEqual([...sums.keys()]);
          const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
          for (const { loss, pair, samples, uniform, reweighted } of found.terms) {
            const key = `${loss} ${pair}`;
            expectClose([total(samples)], [rows.get(key)! / 4], { relative: 1e-6, absolute: 1e-6 });
            expectClose([total(uniform), total(reweighted)], sums.get(key)!, { absolute: 2e-5 });
          }
          // without a teacher: scale alone
          const alone = await analyzeGradients(detector, { student }, config, data.unlabeled!.images, { images: 1 });
          expect(new Set(alone.terms.map(({ loss }) => loss))).toEqual(new Set(['scale']));
        },
        PATIENCE,
      );

      test(
        'pseudo-labels: curves of all classes and of each',
        async () => {
          const found = await pseudoLabelCurves(detector, teacher, validation, { input: config.input });
          const detections = await predictImages(detector, teacher, validation.images, {
            input: config.input,
            categories: validation.categories,
            scoreThreshold: 0.05,
          });
          for (const { iou, precision, recall, truePositives } of found.curves) {
            const wanted = recallPrecisionAt(validation, detections, { iou, scoreThresholds: CURVE_THRESHOLDS });
            expect(precision).toEqual(wanted.map((r) => r.precision));
            expect(recall).toEqual(wanted.map((r) => r.recall));
            expect(truePositives).toEqual(wanted.map((r) => r.truePositives));
            expect(found.predictions).toEqual(wanted.map((r) => r.predictions));
          }
          expect(found).toMatchObject({ images: 3, objects: 6 });
          expect(found.classes.map(({ name }) => name)).toEqual(['red', 'blue']);
          expect(found.classes[0]!.objects + found.classes[1]!.objects).toBe(6);
          found.predictions.forEach((n, s) =>
            expect(found.classes.reduce((sum, { predictions }) => sum + predictions[s]!, 0)).toBe(n),
          );
          const bare: Dataset = { ...validation, images: validation.images.map((i) => ({ ...i, annotations: [] })) };
          await expect(pseudoLabelCurves(detector, teacher, bare, { input: config.input })).rejects.toThrow(
            /has no box in 3 images/,
          );
        },
        PATIENCE,
      );
    });

    test('an unreadable image is an error, or is left out and told of; a signal stops', async () => {
      const config = tinyConfig(folder);
      const detector = createDetector(config, 2);
      const weights = detector.initialize(1);
      const { dataset } = await openRunPart(config, 'validation', CATEGORIES);
      const broken = join(folder, 'broken.png');
      writeFileSync(broken, 'no image');
      const images = [{ ...dataset.images[0]!, path: broken }, ...dataset.images.slice(1)];
      const { input } = config;
      await expect(scoreDistances(detector, weights, images, { input })).rejects.toThrow(/broken\.png/);
      const told: string[] = [];
      const some = await scoreDistances(detector, weights, images, {
        input,
        onUnreadable: ({ path }) => told.push(path),
      });
      expect(some.images).toBe(2);
      const curves = await pseudoLabelCurves(
        detector,
        weights,
        { ...dataset, images },
        { input, onUnreadable: ({ path }) => told.push(path) },
      );
      expect(curves).toMatchObject({ images: 2, objects: 4 }); // its objects are not missed ones
      const gradients = await analyzeGradients(detector, { student: weights }, config, images, {
        images: 3,
        batch: 1,
        onUnreadable: (path) => told.push(path),
      });
      expect(gradients).toMatchObject({ images: 2, steps: 2 });
      expect(told).toEqual([broken, broken, broken]);
      const abort = new AbortController();
      const stopped = scoreDistances(detector, weights, dataset.images, {
        input,
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('stopped by hand')),
      });
      await expect(stopped).rejects.toThrow('stopped by hand');
      tf.dispose([...weights.values()]);
    });
  },
  BACKENDS,
);

const CATEGORIES = [
  { id: 1, name: 'red' },
  { id: 2, name: 'blue' },
];

describe('openRunPart', () => {
  test('the parts of a run, with hidden labels', async () => {
    const config = tinyConfig(folder);
    const ids = async (part: 'labeled' | 'unlabeled' | 'validation', of = config) => {
      const { dataset, labeled } = await openRunPart(of, part, CATEGORIES);
      expect(labeled).toBe(true);
      return dataset.images.map(({ id }) => id);
    };
    const data = await openData(config);
    expect(await ids('labeled')).toEqual(data.labeled.images.map(({ id }) => id));
    expect(await ids('unlabeled')).toEqual(data.unlabeled!.images.map(({ id }) => id));
    expect((await openRunPart(config, 'unlabeled', CATEGORIES)).dataset.images[0]!.annotations).toHaveLength(2);
    expect(await ids('validation')).toEqual(data.validation.images.map(({ id }) => id));
    // a supervised run has the rest of its split too
    const supervised = tinyConfig(folder, {
      method: { kind: 'supervised', burnIn: 2 },
      data: { ...config.data, unlabeled: undefined },
    });
    expect(await ids('unlabeled', supervised)).toEqual(data.unlabeled!.images.map(({ id }) => id));
  });

  test('images without labels, no unlabeled data, other classes', async () => {
    const { labeled, validation } = tinyConfig(folder).data;
    const pool = tinyConfig(folder, { data: { labeled, validation, unlabeled: { images: join(folder, 'images') } } });
    expect(await openRunPart(pool, 'unlabeled', CATEGORIES)).toMatchObject({ labeled: false });
    const none = tinyConfig(folder, { data: { labeled, validation }, method: { kind: 'supervised', burnIn: 2 } });
    await expect(openRunPart(none, 'unlabeled', CATEGORIES)).rejects.toThrow(/no unlabeled images/);
    await expect(openRunPart(none, 'validation', [{ id: 1, name: 'green' }])).rejects.toThrow(/"data\.validation/);
  });
});
