import { cocoIou } from './coco-iou.ts';

test.each([
  ['equal boxes', [1, 2, 3, 4], [1, 2, 3, 4], 1],
  ['half of one', [0, 0, 10, 10], [0, 0, 10, 5], 0.5],
  ['a corner in common', [0, 0, 2, 2], [1, 1, 2, 2], 1 / 7],
  ['one in the other', [0, 0, 4, 4], [1, 1, 2, 2], 0.25],
  ['an edge in common', [0, 0, 2, 2], [2, 0, 2, 2], 0],
  ['apart', [0, 0, 2, 2], [5, 5, 2, 2], 0],
  ['no size', [1, 1, 0, 0], [1, 1, 0, 0], 0],
] as const)('%s', (_, a, b, expected) => {
  expect(cocoIou(a, b)).toBeCloseTo(expected, 12);
  expect(cocoIou(b, a)).toBe(cocoIou(a, b));
});
