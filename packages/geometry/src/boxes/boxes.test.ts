import { readFileSync } from 'node:fs';
import { expectClose } from '@sed/testing';
import * as fc from 'fast-check';
import * as geometry from '../index.ts';

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
  | 'wild'
  | 'clipped'
  | 'sizes'
  | 'large'
  | 'centers';
const { boxes: golden } = JSON.parse(readFileSync(new URL('../fixtures/geometry.json', import.meta.url), 'utf8')) as {
  boxes: Record<Field, number[]>;
};
const f32 = (name: Field): Float32Array => Float32Array.from(golden[name]);
const weights = golden.weights as unknown as geometry.DeltaWeights;
const close = { relative: 2e-6, absolute: 1e-6 };

describe('boxes against torchvision', () => {
  test('areas, IoU, GIoU', () => {
    expectClose(geometry.boxAreas(f32('a')), golden.areas, close);
    expectClose(geometry.pairwiseIou(f32('a'), f32('b')), golden.iou, close);
    expectClose(geometry.pairwiseGeneralizedIou(f32('a'), f32('b')), golden.giou, close);
  });
  test('encodeDeltas and decodeDeltas, with the clamp', () => {
    expectClose(geometry.encodeDeltas(f32('targets'), f32('references'), weights), golden.encoded, { relative: 1e-5, absolute: 1e-5 }); // prettier-ignore
    const tolerance = { relative: 2e-6, absolute: 1e-4 }; // x2 = center + half the width: rounding of the larger
    expectClose(geometry.decodeDeltas(f32('deltas'), f32('references'), { weights }), golden.decoded, tolerance);
    expectClose(geometry.decodeDeltas(f32('deltas'), f32('references')), golden.decodedPlain, tolerance);
  });
  test('clip, small boxes, centers', () => {
    expectClose(geometry.clipBoxes(f32('wild'), 60, 40), golden.clipped, { relative: 1e-8, absolute: 0 });
    expect([...geometry.keepLargeBoxes(f32('sizes'), 10)]).toEqual(golden.large);
    expectClose(geometry.cornersToCenters(f32('a')), golden.centers, close);
    expectClose(geometry.centersToCorners(geometry.cornersToCenters(f32('a'))), golden.a, {
      relative: 1e-6,
      absolute: 1e-4,
    });
  });
});

test('decodeDeltas clamps both sides on demand', () => {
  const reference = Float32Array.of(0, 0, 10, 20);
  const wild = Float32Array.of(0, 0, -9, 9);
  const [x1, , x2] = geometry.decodeDeltas(wild, reference, { clamp: Math.log(2), clampSides: 'both' });
  expect(x2! - x1!).toBeCloseTo(5, 5);
  const oneSided = geometry.decodeDeltas(wild, reference, { clamp: Math.log(2) });
  expect(oneSided[2]! - oneSided[0]!).toBeCloseTo(10 * Math.exp(-9), 5);
  expect(oneSided[3]! - oneSided[1]!).toBeCloseTo(40, 4);
});

test('scaleBoxes', () => {
  expect([...geometry.scaleBoxes(Float32Array.of(1, 2, 3, 4), 2)]).toEqual([2, 4, 6, 8]);
  expect([...geometry.scaleBoxes(Float32Array.of(1, 2, 3, 4), 2, 0.5)]).toEqual([2, 1, 6, 2]);
});

test('boxes without area have IoU 0 and a finite GIoU', () => {
  const point = Float32Array.of(1, 1, 1, 1);
  expect([...geometry.pairwiseIou(point, point)]).toEqual([0]);
  expect([...geometry.pairwiseGeneralizedIou(point, point)]).toEqual([0]);
});

test('empty sets give empty results', () => {
  const none = new Float32Array(0);
  const one = Float32Array.of(0, 0, 1, 1);
  for (const result of [geometry.boxAreas(none), geometry.pairwiseIou(none, one), geometry.pairwiseIou(one, none), geometry.encodeDeltas(none, none), geometry.decodeDeltas(none, none)]) expect(result.length).toBe(0); // prettier-ignore
});

test('a length that is no multiple of four, or rows without partners, are refused', () => {
  expect(() => geometry.pairwiseIou(new Float32Array(4), new Float32Array(5))).toThrow(/pairwiseIou: b .* 5/);
  expect(() => geometry.encodeDeltas(new Float32Array(4), new Float32Array(8))).toThrow(/1 rows and 2 references/);
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
      const references = geometry.scaleBoxes(boxes, 0.9, 1.2).map((v, i) => v + (i % 4 > 1 ? 4 : 0));
      const deltas = geometry.encodeDeltas(boxes, references, [10, 10, 5, 5]);
      const back = geometry.decodeDeltas(deltas, references, { weights: [10, 10, 5, 5] });
      expectClose(back, boxes, { relative: 1e-5, absolute: 2e-3 });
    }),
    { seed: 1, numRuns: 50 },
  );
});

test('IoU is symmetric, 1 with itself, and GIoU is never above it', () => {
  fc.assert(
    fc.property(boxList, boxList, (a, b) => {
      const ab = geometry.pairwiseIou(a, b);
      const ba = geometry.pairwiseIou(b, a);
      const giou = geometry.pairwiseGeneralizedIou(a, b);
      const [rows, columns] = [a.length / 4, b.length / 4];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          expect(ab[i * columns + j]).toBeCloseTo(ba[j * rows + i]!, 6);
          expect(giou[i * columns + j]).toBeLessThanOrEqual(ab[i * columns + j]! + 1e-6);
          expect(giou[i * columns + j]).toBeGreaterThanOrEqual(-1);
        }
      }
      const self = geometry.pairwiseIou(a, a);
      for (let i = 0; i < rows; i++) expect(self[i * rows + i]).toBeCloseTo(1, 5);
    }),
    { seed: 2, numRuns: 50 },
  );
});
