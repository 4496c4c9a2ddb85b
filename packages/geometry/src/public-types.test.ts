/** What compiles and what must not; each `@ts-expect-error` is checked by the compiler. */
import {
  assignRoiLevels,
  batchedNonMaxSuppression,
  composeMaps,
  decodeDeltas,
  linearAssignment,
  mapBoxes,
  pairwiseIou,
  randomStream,
  topK,
} from './index.ts';
import type { AffineMap, Assignment, DeltaWeights, RandomStream } from './index.ts';

const boxes = Float32Array.of(0, 0, 10, 10);

test('boxes, maps and streams are plain values', () => {
  const double: AffineMap = [2, 0, 0, 0, 2, 0];
  const mapped: Float32Array = mapBoxes(boxes, composeMaps(double, double));
  const kept: Int32Array = batchedNonMaxSuppression(boxes, Float32Array.of(1), [0], 0.5);
  const weights: DeltaWeights = [1, 1, 1, 1];
  const decoded: Float32Array = decodeDeltas(new Float32Array(4), boxes, { weights });
  const assignment: Assignment = linearAssignment(Float64Array.of(3, 1), 1, 2);
  const stream: RandomStream = randomStream(1, 'images', 7);
  expect([...mapped, ...decoded]).toEqual([0, 0, 40, 40, 0, 0, 10, 10]);
  expect([...kept, ...pairwiseIou(boxes, boxes), ...assignRoiLevels(boxes, { kind: 'mmdetection' })]).toEqual([
    0, 1, 0,
  ]);
  expect(assignment).toMatchObject({ rows: Int32Array.of(0), columns: Int32Array.of(1) });
  expect(stream.next()).toBe(randomStream(1, 'images', 7).next());
});

test('misuse does not compile', () => {
  // @ts-expect-error rows are typed arrays
  expect(() => pairwiseIou([[0, 0, 10]], boxes)).toThrow(/multiple of 4/);
  // @ts-expect-error a map has six numbers
  const short: AffineMap = [1, 0, 0, 1];
  expect(mapBoxes(boxes, short).some(Number.isNaN)).toBe(true);
  // @ts-expect-error the threshold is missing
  expect([...batchedNonMaxSuppression(boxes, Float32Array.of(1), [0])]).toEqual([0]);
  // @ts-expect-error a rule that is none
  expect(assignRoiLevels(boxes, { kind: 'detectron' }).length).toBe(1);
  // @ts-expect-error how many are kept is a number
  expect(() => topK(Float32Array.of(1), undefined)).toThrow(/k must be 0 or more/);
});
