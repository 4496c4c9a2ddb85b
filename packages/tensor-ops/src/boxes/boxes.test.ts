import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as fc from 'fast-check';
import * as sed from '../index.ts';

type Field =
  | 'a'
  | 'b'
  | 'areas'
  | 'iou'
  | 'giou'
  | 'references'
  | 'targets'
  | 'weights'
  | 'encoded'
  | 'deltas'
  | 'decoded'
  | 'decodedPlain'
  | 'x'
  | 'y'
  | 'weight'
  | 'giouPairs'
  | 'dx'
  | 'dy'
  | 'wild'
  | 'clipped'
  | 'sizes'
  | 'large'
  | 'centers';
const { boxes: golden } = JSON.parse(readFileSync(new URL('../fixtures/tensor-ops.json', import.meta.url), 'utf8')) as {
  boxes: Record<Field, number[]>;
};
const f32 = (name: Field): Float32Array => Float32Array.from(golden[name]);
const weights = golden.weights as unknown as sed.DeltaWeights;
const close = { relative: 2e-6, absolute: 1e-6 };

describe('boxes against torchvision', () => {
  test('areas, IoU, GIoU', () => {
    expectClose(sed.boxAreas(f32('a')), golden.areas, close);
    expectClose(sed.pairwiseIou(f32('a'), f32('b')), golden.iou, close);
    expectClose(sed.pairwiseGeneralizedIou(f32('a'), f32('b')), golden.giou, close);
  });
  test('encodeDeltas and decodeDeltas, with the clamp', () => {
    expectClose(sed.encodeDeltas(f32('targets'), f32('references'), weights), golden.encoded, { relative: 1e-5, absolute: 1e-5 }); // prettier-ignore
    const tolerance = { relative: 2e-6, absolute: 1e-4 }; // x2 = centre + half the width: rounding of the larger
    expectClose(sed.decodeDeltas(f32('deltas'), f32('references'), { weights }), golden.decoded, tolerance);
    expectClose(sed.decodeDeltas(f32('deltas'), f32('references')), golden.decodedPlain, tolerance);
  });
  test('clip, small boxes, centres', () => {
    expectClose(sed.clipBoxes(f32('wild'), 60, 40), golden.clipped, { relative: 1e-8, absolute: 0 });
    expect([...sed.keepLargeBoxes(f32('sizes'), 10)]).toEqual(golden.large);
    expectClose(sed.cornersToCenters(f32('a')), golden.centers, close);
    expectClose(sed.centersToCorners(sed.cornersToCenters(f32('a'))), golden.a, { relative: 1e-6, absolute: 1e-4 });
  });
});

test('decodeDeltas clamps both sides on demand', () => {
  const reference = Float32Array.of(0, 0, 10, 20);
  const wild = Float32Array.of(0, 0, -9, 9);
  const [x1, , x2] = sed.decodeDeltas(wild, reference, { clamp: Math.log(2), clampSides: 'both' });
  expect(x2! - x1!).toBeCloseTo(5, 5);
  const oneSided = sed.decodeDeltas(wild, reference, { clamp: Math.log(2) });
  expect(oneSided[2]! - oneSided[0]!).toBeCloseTo(10 * Math.exp(-9), 5);
  expect(oneSided[3]! - oneSided[1]!).toBeCloseTo(40, 4);
});

test('scaleBoxes', () => {
  expect([...sed.scaleBoxes(Float32Array.of(1, 2, 3, 4), 2)]).toEqual([2, 4, 6, 8]);
  expect([...sed.scaleBoxes(Float32Array.of(1, 2, 3, 4), 2, 0.5)]).toEqual([2, 1, 6, 2]);
});

test('boxes without area have IoU 0 and a finite GIoU', () => {
  const point = Float32Array.of(1, 1, 1, 1);
  expect([...sed.pairwiseIou(point, point)]).toEqual([0]);
  expect([...sed.pairwiseGeneralizedIou(point, point)]).toEqual([0]);
});

test('empty sets give empty results', () => {
  const none = new Float32Array(0);
  const one = Float32Array.of(0, 0, 1, 1);
  for (const result of [sed.boxAreas(none), sed.pairwiseIou(none, one), sed.pairwiseIou(one, none), sed.encodeDeltas(none, none), sed.decodeDeltas(none, none)]) expect(result.length).toBe(0); // prettier-ignore
});

test('a length that is no multiple of four, or rows without partners, are refused', () => {
  expect(() => sed.pairwiseIou(new Float32Array(4), new Float32Array(5))).toThrow(/pairwiseIou: b .* 5/);
  expect(() => sed.encodeDeltas(new Float32Array(4), new Float32Array(8))).toThrow(/1 rows and 2 references/);
});

const box = fc
  .tuple(
    fc.float({ min: 0, max: 500, noNaN: true }),
    fc.float({ min: 0, max: 500, noNaN: true }),
    fc.float({ min: 1, max: 300, noNaN: true }),
    fc.float({ min: 1, max: 300, noNaN: true }),
  )
  .map(([x, y, w, h]) => [x, y, x + w, y + h]);
const boxList = fc.array(box, { minLength: 1, maxLength: 5 }).map((list) => Float32Array.from(list.flat()));

test('decoding an encoding gives the boxes back', () => {
  fc.assert(
    fc.property(boxList, (boxes) => {
      const references = sed.scaleBoxes(boxes, 0.9, 1.2).map((v, i) => v + (i % 4 > 1 ? 4 : 0));
      const deltas = sed.encodeDeltas(boxes, references, [10, 10, 5, 5]);
      const back = sed.decodeDeltas(deltas, references, { weights: [10, 10, 5, 5] });
      expectClose(back, boxes, { relative: 1e-5, absolute: 2e-3 });
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('IoU is symmetric, 1 with itself, and GIoU is never above it', () => {
  fc.assert(
    fc.property(boxList, boxList, (a, b) => {
      const ab = sed.pairwiseIou(a, b);
      const ba = sed.pairwiseIou(b, a);
      const giou = sed.pairwiseGeneralizedIou(a, b);
      const [rows, columns] = [a.length / 4, b.length / 4];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          expect(ab[i * columns + j]).toBeCloseTo(ba[j * rows + i]!, 6);
          expect(giou[i * columns + j]).toBeLessThanOrEqual(ab[i * columns + j]! + 1e-6);
          expect(giou[i * columns + j]).toBeGreaterThanOrEqual(-1);
        }
      }
      const self = sed.pairwiseIou(a, a);
      for (let i = 0; i < rows; i++) expect(self[i * rows + i]).toBeCloseTo(1, 5);
    }),
    { seed: 2, numRuns: 50 },
  );
});

onEveryBackend('generalizedIou', () => {
  test('values and gradients of torchvision', () => {
    const [x, y] = [tf.tensor2d(golden.x, [5, 4]), tf.tensor2d(golden.y, [5, 4])];
    const weight = tf.tensor1d(golden.weight);
    const value = expectNoLeak(() => sed.generalizedIou(x, y));
    expectClose(value.dataSync(), golden.giouPairs, close);
    const [dx, dy] = expectNoLeak(() => tf.grads(sed.generalizedIou)([x, y], weight), 2);
    expectClose(dx!.dataSync(), golden.dx, { relative: 1e-5, absolute: 1e-6 });
    expectClose(dy!.dataSync(), golden.dy, { relative: 1e-5, absolute: 1e-6 });
    tf.dispose([x, y, weight, value, dx!, dy!]);
  });
  test('broadcasts to all pairs', () => {
    const [a, b] = [tf.tensor(golden.a, [7, 1, 4]), tf.tensor(golden.b, [1, 5, 4])];
    const value = expectNoLeak(() => sed.generalizedIou(a, b));
    expect(value.shape).toEqual([7, 5]);
    expectClose(value.dataSync(), golden.giou, close);
    tf.dispose([a, b, value]);
  });
  test('points give finite values and gradients', () => {
    const point = tf.tensor2d([[1, 1, 1, 1]]);
    const gradients = tf.grads(sed.generalizedIou)([point, point]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
    tf.dispose([point, gradients]);
  });
});
