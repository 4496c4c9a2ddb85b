import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { expectSample, fixture, uniform, type Sample } from '../testing/hashed.ts';
import { supervisedLosses } from '../supervised-losses.ts';
import type { Target } from '../types.ts';
import { gridAnchors } from '../dense/anchors.ts';
import { boxRegressionLoss } from '../dense/box-loss.ts';
import { focalLoss } from '../dense/focal-loss.ts';
import type { DenseForward } from '../dense/levels.ts';
import { createRetinaNet } from './retinanet.ts';
import { lite0RetinaNet, torchvisionRetinaNet, type RetinaNetSettings } from './settings.ts';
import { assignTargets } from '../dense/targets.ts';

interface LossGolden {
  classification: number;
  boxRegression: number;
  logitsGradient: Sample;
  deltasGradient: Sample;
}
interface Golden {
  side: number;
  classes: number;
  targets: { boxes: number[]; labels: number[] }[];
  matches: [number, number][][];
  encoded: number[];
  focal: { logits: number[]; cases: { gamma: number; present: boolean; values: number[]; gradient: number[] }[] };
  image: LossGolden;
  batch: LossGolden;
}
const golden = await fixture<Golden>('retinanet-units');
const strides = [8, 16, 32, 64, 128];
const targets: Target[] = golden.targets.map(({ boxes, labels }) => ({
  boxes: Float32Array.from(boxes),
  labels: Int32Array.from(labels),
}));

/** The hashed predictions, which torch has as [image, level y x anchor, value], by level. */
function levelsOf(values: Float64Array, columns: number): tf.Tensor2D[] {
  const perImage = values.length / columns / targets.length;
  let start = 0;
  return strides.map((stride) => {
    const rows = 9 * (golden.side / stride) ** 2;
    const parts = targets.flatMap((_, b) => [
      ...values.subarray((b * perImage + start) * columns, (b * perImage + start + rows) * columns),
    ]);
    start += rows;
    return tf.tensor2d(parts, [targets.length * rows, columns]);
  });
}

/** The inverse: values by level to torch's order. */
function torchOrder(levels: readonly tf.Tensor[], columns: number): number[] {
  const data = levels.map((level) => level.dataSync());
  return targets.flatMap((_, b) =>
    data.flatMap((level) => {
      const rows = level.length / columns / targets.length;
      return [...level.subarray(b * rows * columns, (b + 1) * rows * columns)];
    }),
  );
}

function losses(settings: RetinaNetSettings, expected: LossGolden): void {
  const detector = createRetinaNet(settings);
  const rows = 3 * 9 * strides.reduce((sum, stride) => sum + (golden.side / stride) ** 2, 0);
  const logits = levelsOf(
    uniform('logits', rows * 3).map((v) => 3 * v - 2),
    3,
  );
  const deltas = levelsOf(uniform('deltas', rows * 4), 4);
  const forward = (tensors: tf.Tensor[]): DenseForward => ({
    all: {
      logits: tf.concat(tensors.slice(0, 5)) as tf.Tensor2D,
      deltas: tf.concat(tensors.slice(5)) as tf.Tensor2D,
    },
    batch: 3,
    height: golden.side,
    width: golden.side,
    sizes: Array.from({ length: 3 }, () => ({ width: golden.side, height: golden.side })),
    levels: strides.map((stride, i) => ({
      stride,
      height: golden.side / stride,
      width: golden.side / stride,
      logits: tensors[i] as tf.Tensor2D,
      deltas: tensors[5 + i] as tf.Tensor2D,
    })),
  });
  const values = expectNoLeak(
    () => tf.tidy(() => supervisedLosses(detector, forward([...logits, ...deltas]), targets)),
    2,
  );
  expectClose(values['classification']!.dataSync(), [expected.classification], { relative: 2e-5 });
  expectClose(values['boxRegression']!.dataSync(), [expected.boxRegression], { relative: 2e-5 });
  tf.dispose(values);

  const gradient = tf.grads((...tensors: tf.Tensor[]) => {
    const parts = supervisedLosses(detector, forward(tensors), targets);
    return tf.add<tf.Scalar>(parts['classification']!, parts['boxRegression']!);
  });
  const gradients = expectNoLeak(() => gradient([...logits, ...deltas]), 10);
  expectSample('logitsGradient', torchOrder(gradients.slice(0, 5), 3), expected.logitsGradient, 1e-5);
  expectSample('deltasGradient', torchOrder(gradients.slice(5), 4), expected.deltasGradient, 1e-5);
  tf.dispose([gradients, logits, deltas]);
}

onEveryBackend('supervised losses', () => {
  test('per image: torchvision’s values and gradients', () => losses(torchvisionRetinaNet(3), golden.image));
  test('per batch, exact anchors, forced matches: torch’s values and gradients', () =>
    losses(lite0RetinaNet(3), golden.batch));
});

onEveryBackend('focalLoss', () => {
  test.each(golden.focal.cases)('values and gradients are torchvision’s: gamma $gamma, present $present', (one) => {
    const label = one.present ? 0 : -1;
    golden.focal.logits.forEach((logit, i) => {
      tf.tidy(() => {
        const labels = tf.tensor1d([label], 'int32');
        const f = (z: tf.Tensor): tf.Scalar =>
          focalLoss(z as tf.Tensor2D, labels, tf.tensor1d([2]), { alpha: 0.25, gamma: one.gamma });
        const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d([[logit]]));
        expectClose(value.dataSync(), [2 * one.values[i]!], { relative: 2e-5, absolute: 1e-7 });
        expectClose(grad.dataSync(), [2 * one.gradient[i]!], { relative: 2e-5, absolute: 1e-7 });
      });
    });
  });

  test('a row of weight zero has neither loss nor gradient; another class of the row is a negative', () => {
    const logits = tf.tensor2d([
      [1, -1],
      [0.5, 2],
    ]);
    const labels = tf.tensor1d([1, 0], 'int32');
    const options = { alpha: 0.25, gamma: 2 };
    const f = (z: tf.Tensor): tf.Scalar => focalLoss(z as tf.Tensor2D, labels, tf.tensor1d([0, 1]), options);
    const { value, grad } = expectNoLeak(() => tf.valueAndGrad(f)(logits), 2);
    const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
    const expected =
      0.25 * (1 - sigmoid(0.5)) ** 2 * -Math.log(sigmoid(0.5)) + 0.75 * sigmoid(2) ** 2 * -Math.log(1 - sigmoid(2));
    expectClose(value.dataSync(), [expected]);
    expect([...grad.dataSync().slice(0, 2)].map(Math.abs)).toEqual([0, 0]);
    tf.dispose([value, grad, logits, labels]);
  });
});

onEveryBackend('boxRegressionLoss', () => {
  test('weighted L1 and its gradient, zero where nothing differs', () => {
    const deltas = tf.tensor2d([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
    const goal = tf.tensor2d([
      [1, 1, 5, 4],
      [0, 0, 0, 0],
    ]);
    const f = (d: tf.Tensor): tf.Scalar => boxRegressionLoss(d as tf.Tensor2D, goal, tf.tensor1d([0.5, 0]));
    const { value, grad } = expectNoLeak(() => tf.valueAndGrad(f)(deltas), 2);
    expectClose(value.dataSync(), [1.5]);
    expectClose(grad.dataSync(), [0, 0.5, -0.5, 0, 0, 0, 0, 0]);
    tf.dispose([value, grad, deltas, goal]);
  });
});

test('encoded targets are torchvision’s', () => {
  const settings = torchvisionRetinaNet(3);
  const levels = strides.map((stride) =>
    gridAnchors(settings.anchors, { stride, height: golden.side / stride, width: golden.side / stride }),
  );
  const assigned = assignTargets(levels, targets.slice(0, 1), 3, settings.matching, 'image');
  const rows = golden.matches[0]!.filter(([, match]) => match >= 0).map(([row]) => row);
  expect(assigned.positives).toEqual([rows.length]);
  expectClose(
    rows.flatMap((row) => [...assigned.deltas.subarray(4 * row, 4 * row + 4)]),
    golden.encoded,
    { absolute: 2e-6 },
  );
});

test('a bad target is named', () => {
  const level = [Float32Array.of(0, 0, 8, 8)];
  const { matching } = torchvisionRetinaNet(3);
  const assign = (boxes: number[], labels: number[]) => () =>
    assignTargets(level, [{ boxes: Float32Array.from(boxes), labels: Int32Array.from(labels) }], 3, matching, 'image');
  expect(assign([5, 5, 5, 9], [0])).toThrow(/image 0: box 0 is \[5, 5, 5, 9\]/);
  expect(assign([5, 5, 6, 9], [3])).toThrow(/label 0 is 3; the detector has classes 0 to 2/);
  expect(assign([5, 5, 6, 9], [])).toThrow(/four each/);
});
