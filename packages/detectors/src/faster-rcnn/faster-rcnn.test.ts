/**
 * What a user may meet: nothing to find, nothing proposed, batches of several sizes, views that differ by a map, files
 * of other classes.
 */
import * as tf from '@tensorflow/tfjs';
import { randomStream } from '@sed/geometry';
import { variableGradients } from '@sed/tensor-ops';
import { expectClose, expectNoLeak, expectNoLeakAsync, onEveryBackend } from '@sed/testing';
import { imageBatch, reduceBatch } from '../images/batch.ts';
import { hashedParameters, uniform } from '../testing/hashed.ts';
import { supervisedLosses } from '../supervised-losses.ts';
import type { ImageBatch, PredictionPair, Target } from '../types.ts';
import { describeReport, fromTfjs } from '../weights/index.ts';
import { toTfjs } from '../weights/load.ts';
import { createFasterRcnn } from './faster-rcnn.ts';
import type { FasterRcnnForward } from './forward.ts';
import { lite0FasterRcnn, mmdetectionFasterRcnn, torchvisionFasterRcnn, type FasterRcnnSettings } from './settings.ts';

/** ResNet-18 with narrow heads and few proposals. */
function tiny(changes: (base: FasterRcnnSettings) => Partial<FasterRcnnSettings> = () => ({})): FasterRcnnSettings {
  const full = torchvisionFasterRcnn(3, 'resnet18');
  const counts = { candidatesPerLevel: 20, proposals: 12 };
  const base: FasterRcnnSettings = {
    ...full,
    fpn: { ...full.fpn, channels: 8 },
    rpn: { ...full.rpn, training: counts, testing: counts, pairs: counts },
    roi: { ...full.roi, hidden: 8 },
  };
  return { ...base, ...changes(base) };
}

const boxes = (...values: number[]): Float32Array => Float32Array.from(values);
const nothing: Target = { boxes: new Float32Array(0), labels: new Int32Array(0) };

function batchOf(name: string, ...sizes: [width: number, height: number][]): ImageBatch {
  const images = sizes.map(([width, height], i) => ({
    pixels: Uint8Array.from(uniform(`${name} ${i}`, width * height * 3), (u) => 128 * (u + 1)),
    width,
    height,
  }));
  return imageBatch(images, { multiple: 64 });
}

function createWith(settings: FasterRcnnSettings) {
  const detector = createFasterRcnn(settings);
  const weights = hashedParameters(detector.parameters);
  const trainable = detector.parameters.filter((spec) => spec.trainable);
  const variables = trainable.map(({ name }) => tf.variable(weights.get(name)!));
  const parameters = new Map([...weights, ...trainable.map(({ name }, i) => [name, variables[i]!] as const)]);
  const free = (): void => tf.dispose([...weights.values(), ...variables]);
  return { detector, parameters, variables, free };
}

const dispose = (...forwards: FasterRcnnForward[]): void => tf.dispose(forwards as unknown as tf.TensorContainer);
const disposePairs = (pairs: readonly PredictionPair[]): void => tf.dispose(pairs as unknown as tf.TensorContainer);
const rowsOf = (pair: PredictionPair): number[] => [pair.a, pair.b].map(({ logits }) => logits.shape[0]);

/** All losses and pairs of one step, as numbers, with the count of gradients that are there. */
function step(
  { detector, parameters, variables }: ReturnType<typeof createWith>,
  batch: ImageBatch,
  targets: Target[],
) {
  const losses: Record<string, number> = {};
  const { value, gradients } = variableGradients(() => {
    const full = detector.forward(parameters, batch);
    const reduced = detector.forward(parameters, reduceBatch(batch, 1));
    const terms = Object.entries(supervisedLosses(detector, full, targets, { random: randomStream(1, 'test') }));
    for (const pair of [...detector.distillationPairs(reduced, reduced), ...detector.scalePairs(full, reduced, 1)]) {
      if (rowsOf(pair)[0] === 0) continue;
      const difference = tf.squaredDifference(pair.a.logits, pair.b.logits);
      terms.push([pair.name, tf.add(tf.mean(difference), tf.mean(tf.square(pair.a.deltas)))]);
    }
    for (const [name, term] of terms) losses[name] = term.dataSync()[0]!;
    return tf.addN<tf.Scalar>(terms.map(([, term]) => term));
  }, variables);
  const found = gradients.filter((gradient) => gradient !== undefined);
  const finite = found.every((gradient) => gradient.dataSync().every(Number.isFinite));
  tf.dispose([value, ...found]);
  return { losses, finite, gradients: found.length };
}

onEveryBackend(
  'Faster R-CNN',
  () => {
    test('images without objects, a class that never occurs, three sizes: finite losses and gradients, no leak', () => {
      const model = createWith(tiny());
      const batch = batchOf('mixed', [64, 40], [33, 64], [64, 64]);
      expect(batch.pixels.shape).toEqual([3, 64, 64, 3]);
      const target = { boxes: boxes(4, 4, 30, 36, 20, 8, 60, 39), labels: Int32Array.of(0, 2) };
      const some = expectNoLeak(() => step(model, batch, [target, nothing, nothing]), 0);
      const names = ['objectness', 'rpnBoxRegression', 'classification', 'boxRegression', 'rpn', 'roi'];
      expect(Object.keys(some.losses)).toEqual(names);
      expect(Object.values(some.losses).every((v) => Number.isFinite(v) && v > 0)).toBe(true);
      expect([some.finite, some.gradients]).toEqual([true, model.variables.length]);
      const none = expectNoLeak(() => step(model, batch, [nothing, nothing, nothing]), 0);
      expect(none.losses).toMatchObject({ rpnBoxRegression: 0, boxRegression: 0 });
      expect([none.finite, none.losses['classification']! > 0]).toEqual([true, true]);
      batch.pixels.dispose();
      model.free();
    });

    test('no proposals: true boxes alone give regions; without these too the second stage has no loss', async () => {
      const model = createWith(tiny(({ rpn }) => ({ rpn: { ...rpn, minSize: 1e4 } })));
      const { detector, parameters } = model;
      const batch = batchOf('empty', [64, 64]);
      const target = { boxes: boxes(4, 4, 30, 36), labels: Int32Array.of(1) };
      const one = expectNoLeak(() => step(model, batch, [target]), 0);
      expect([one.finite, one.losses['classification']! > 0]).toEqual([true, true]);
      const none = expectNoLeak(() => step(model, batch, [nothing]), 0);
      expect(none.losses).toMatchObject({ classification: 0, boxRegression: 0 });
      expect(none.finite).toBe(true);

      const forward = detector.forward(parameters, batch);
      const [found] = await expectNoLeakAsync(() => detector.detect(forward, batch), 0);
      expect(found!.scores.length).toBe(0);
      const pairs = detector.distillationPairs(forward, forward);
      expect(rowsOf(pairs[1]!)).toEqual([0, 0]);
      expect(pairs[1]!.a.deltas.shape).toEqual([0, 12]);
      disposePairs(pairs);
      dispose(forward);
      batch.pixels.dispose();
      model.free();
    });

    test('a single proposal of each view', () => {
      const single = { candidatesPerLevel: 1, proposals: 1 };
      const model = createWith(tiny(({ rpn }) => ({ rpn: { ...rpn, training: single, pairs: single } })));
      const { detector, parameters } = model;
      const batch = batchOf('single', [64, 64]);
      const { finite } = expectNoLeak(() => step(model, batch, [nothing]), 0);
      expect(finite).toBe(true);
      const half = reduceBatch(batch, 1);
      const [full, reduced] = [detector.forward(parameters, batch), detector.forward(parameters, half)];
      // pairs, and what the forwards keep for the next
      const pairs = expectNoLeak(() => detector.scalePairs(full, reduced, 1), 8 + 4);
      expect(pairs.map(({ name, activation }) => [name, activation])).toEqual([
        ['rpn', 'sigmoid'],
        ['roi', 'softmax'],
      ]);
      expect(rowsOf(pairs[1]!)).toEqual([2, 2]);
      const { own } = full;
      const more = expectNoLeak(() => detector.distillationPairs(full, full), 8);
      expect(full.own).toBe(own);
      disposePairs([...pairs, ...more]);
      dispose(full, reduced);
      tf.dispose([batch.pixels, half.pixels]);
      model.free();
    });

    test('a view with itself: rows are equal; a map that is nearly the identity changes nearly nothing', () => {
      const model = createWith(tiny());
      const { detector, parameters } = model;
      const batch = batchOf('mapped', [64, 64], [64, 50]);
      const forward = detector.forward(parameters, batch);
      const plain = detector.distillationPairs(forward, forward);
      const [, roi] = plain;
      const columns = (pair: PredictionPair, of: 'a' | 'b'): number[] => [...pair[of].deltas.dataSync()];
      // own rows first for the one, last for the other: the same set in the same order
      expectClose(columns(roi!, 'a'), columns(roi!, 'b'), { absolute: 1e-5 });
      const nearly = [1, 0, 1e-4, 0, 1, -1e-4] as const;
      const mapped = detector.distillationPairs(forward, forward, [nearly, nearly]);
      expect(mapped.map(({ leftOut }) => leftOut)).toEqual([expect.any(Number), 0]);
      expectClose(columns(mapped[1]!, 'a'), columns(roi!, 'a'), { absolute: 5e-3 });
      expectClose(columns(mapped[1]!, 'b'), columns(roi!, 'b'), { absolute: 5e-3 });

      const away = [1, 0, 40, 0, 1, 0] as const;
      const moved = expectNoLeak(() => detector.distillationPairs(forward, forward, [away, away]), 8);
      const all = rowsOf(roi!)[0]!;
      expect(rowsOf(moved[1]!)[0]! + moved[1]!.leftOut!).toBe(all);
      expect(moved[1]!.leftOut).toBeGreaterThan(0);
      disposePairs([...plain, ...mapped, ...moved]);
      dispose(forward);
      batch.pixels.dispose();
      model.free();
    });

    test('what enters the losses is drawn from the random source, and repeats with it', () => {
      const model = createWith(
        tiny(({ rpn, roi }) => ({
          rpn: { ...rpn, sampling: { ...rpn.sampling, count: 8 } },
          roi: { ...roi, sampling: { ...roi.sampling, count: 4 } },
        })),
      );
      const { detector, parameters } = model;
      const batch = batchOf('drawn', [64, 64]);
      const forward = detector.forward(parameters, batch);
      const draw = (seed: number): number[] =>
        tf.tidy(
          () =>
            Object.values(supervisedLosses(detector, forward, [nothing], { random: randomStream(seed, 'draw') })).map(
              (loss) => loss.dataSync()[0]!,
            ) as unknown as tf.TensorContainer,
        ) as unknown as number[];
      expect(draw(1)).toEqual(draw(1));
      expect(draw(1)).not.toEqual(draw(2));
      dispose(forward);
      batch.pixels.dispose();
      model.free();
    });

    test('exact anchors, L1, aligned adaptive pooling (mmdetection’s numbers): a finite step', () => {
      const other = mmdetectionFasterRcnn(3, 'resnet18');
      const model = createWith(
        tiny(({ fpn, roi, rpn }) => ({
          ...other,
          fpn,
          rpn: { ...other.rpn, training: rpn.training, testing: rpn.testing, pairs: rpn.pairs },
          roi: { ...other.roi, hidden: roi.hidden },
        })),
      );
      const batch = batchOf('exact', [64, 64]);
      const { finite, losses } = step(model, batch, [{ boxes: boxes(4, 4, 30, 36), labels: Int32Array.of(1) }]);
      expect([finite, Object.values(losses).every((v) => Number.isFinite(v) && v > 0)]).toEqual([true, true]);
      batch.pixels.dispose();
      model.free();
    });
  },
  ['wasm', 'tensorflow'],
);

test('anchors at torchvision’s derived steps: pairs are refused where they are not the strides', () => {
  const { detector, parameters, free } = createWith(
    tiny(({ anchors }) => ({ anchors: { ...anchors, strides: 'derived' } })),
  );
  const pixels = tf.zeros<tf.Rank.R4>([1, 96, 64, 3]);
  const forward = detector.forward(parameters, { pixels, sizes: [{ width: 64, height: 96 }] });
  expect(forward.levels.at(-1)).toMatchObject({ stride: 64, height: 2, width: 1, steps: { x: 64, y: 48 } });
  expect(() => detector.distillationPairs(forward, forward)).toThrow(/stride 64 are 64 and 48 pixels apart.*'fixed'/);
  dispose(forward);
  pixels.dispose();
  free();
});

test('weights of other classes: the body is taken, the class head starts fresh, and that is said', () => {
  const [trained, wanted] = [createFasterRcnn({ ...tiny(), classes: 5 }), createFasterRcnn(tiny())];
  const weights = hashedParameters(trained.parameters);
  const { tensors, report } = toTfjs(fromTfjs(weights, trained.parameters), wanted.parameters);
  expect(report.mismatched.map(({ name }) => name.split('.').slice(2).join('.'))).toEqual([
    'cls_score.weight',
    'cls_score.bias',
    'bbox_pred.weight',
    'bbox_pred.bias',
  ]);
  expect([report.missing, report.unexpected]).toEqual([[], []]);
  expect(describeReport(report)[0]).toMatch(
    /\[6, 8\] in the file, \[4, 8\] needed.*the class head is for other classes and starts fresh/,
  );
  tf.dispose([...tensors.values(), ...weights.values()]);
});

test('files with torchvision’s older names load', () => {
  const detector = createFasterRcnn(tiny());
  const weights = hashedParameters(detector.parameters);
  const older = new Map(
    [...fromTfjs(weights, detector.parameters)].map(([name, value]) => [
      name.replace(/(blocks\.\d)\.0\./, '$1.').replace('rpn.head.conv.0.0.', 'rpn.head.conv.'),
      value,
    ]),
  );
  expect(older.has('backbone.fpn.inner_blocks.0.weight') && older.has('rpn.head.conv.bias')).toBe(true);
  const { tensors, report } = toTfjs(older, detector.parameters);
  expect([report.missing, report.mismatched, report.unexpected]).toEqual([[], [], []]);
  for (const [name, tensor] of tensors) {
    // Jest's comparison of arrays takes a minute for 11 million values
    const expected = weights.get(name)!.dataSync();
    expect(tensor.dataSync().findIndex((v, i) => v !== expected[i])).toBe(-1);
  }
  tf.dispose([...tensors.values(), ...weights.values()]);
});

test('a setting out of its range is named', () => {
  const create = (change: Partial<FasterRcnnSettings>) => () => createFasterRcnn({ ...lite0FasterRcnn(3), ...change });
  const { rpn, roi, boxes: coding } = lite0FasterRcnn(3);
  expect(create({ classes: 0 })).toThrow(/classes is 0; it must be a whole number of at least 1/);
  expect(create({ rpn: { ...rpn, pairs: { ...rpn.pairs, proposals: 0 } } })).toThrow(/rpn.pairs.proposals is 0/);
  expect(create({ rpn: { ...rpn, matching: { ...rpn.matching, backgroundIou: 0.8 } } })).toThrow(
    /rpn.matching.backgroundIou is 0.8; it must be from 0 to rpn.matching.foregroundIou \(0.7\)/,
  );
  expect(create({ roi: { ...roi, sampling: { count: 8, positiveFraction: 2 } } })).toThrow(
    /roi.sampling.positiveFraction is 2/,
  );
  expect(create({ boxes: { ...coding, smoothL1Beta: -1 } })).toThrow(/boxes.smoothL1Beta is -1/);
});

test('calls that do not fit the batch are refused', async () => {
  const { detector, parameters, free } = createWith(tiny());
  const batch = batchOf('checks', [64, 64]);
  const forward = detector.forward(parameters, batch);
  expect(() => detector.assign([], forward)).toThrow(/0 targets for 1 images/);
  const outside = { boxes: boxes(0, 0, 5, 5), labels: Int32Array.of(3) };
  expect(() => detector.assign([outside], forward)).toThrow(/label 0 is 3; the detector has classes 0 to 2/);
  await expect(detector.detect(forward, batch, { scoreThreshold: 1 })).rejects.toThrow(/scoreThreshold is 1/);
  await expect(detector.detect(forward, { ...batch, sizes: [] })).rejects.toThrow(/had 1 images, the batch has 0/);
  const odd = tf.zeros<tf.Rank.R4>([1, 60, 64, 3]);
  expect(() => detector.forward(parameters, { pixels: odd, sizes: [] })).toThrow(
    /64x60 pixels; both sides must be multiples of 32/,
  );
  dispose(forward);
  tf.dispose([batch.pixels, odd]);
  free();
});
