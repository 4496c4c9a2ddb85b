import { readFileSync } from 'node:fs';
import { batchedNonMaxSuppression } from '../index.ts';

interface Golden {
  boxes: number[];
  scores: number[];
  groups: number[];
  threshold: number;
  kept: number[];
}
const { nms: golden } = JSON.parse(readFileSync(new URL('../fixtures/geometry.json', import.meta.url), 'utf8')) as {
  nms: Golden[];
};

test.each(golden.map((c) => [c.scores.length, new Set(c.groups).size, c.threshold, c] as const))(
  '%i boxes in %i groups, IoU %f: what torchvision keeps, in its order',
  (_count, _groups, _threshold, c) => {
    const [boxes, scores] = [Float32Array.from(c.boxes), Float32Array.from(c.scores)];
    expect([...batchedNonMaxSuppression(boxes, scores, c.groups, c.threshold)]).toEqual(c.kept);
    const best = batchedNonMaxSuppression(boxes, scores, c.groups, c.threshold, 7);
    expect([...best]).toEqual(c.kept.slice(0, 7));
  },
);

test('a box exactly on the threshold stays', () => {
  const boxes = Float32Array.of(0, 0, 2, 1, 0, 0, 1, 1); // IoU 0.5
  expect([...batchedNonMaxSuppression(boxes, Float32Array.of(0.9, 0.8), [0, 0], 0.5)]).toEqual([0, 1]);
  expect([...batchedNonMaxSuppression(boxes, Float32Array.of(0.9, 0.8), [0, 0], 0.49)]).toEqual([0]);
  expect([...batchedNonMaxSuppression(boxes, Float32Array.of(0.9, 0.8), [0, 1], 0.49)]).toEqual([0, 1]);
});

test('lengths that differ are refused', () => {
  expect(() => batchedNonMaxSuppression(new Float32Array(8), new Float32Array(1), [0, 0], 0.5)).toThrow(/2 boxes need/);
});
