import type { AffineMap } from './affine-map.ts';
import { mapProposals } from './map-proposals.ts';

const quarter: AffineMap = [0, -1, 10, 1, 0, 0];

test('proposals are mapped and clipped; those whose center leaves, or of which nothing is left, go', () => {
  const boxes = Float32Array.from([
    [10, 10, 30, 30],
    [0, 0, 39, 10], // center at 19.5: leaves by half a pixel
    [0, 0, 41, 10], // stays by half a pixel, 21 pixels of it
    [50, 0, 60, 100], // clipped below
    [20, 20, 22, 20.5], // flat
  ].flat()); // prettier-ignore
  const { boxes: mapped, kept } = mapProposals(boxes, [1, 0, -20, 0, 1, 0], { width: 100, height: 80 });
  expect([...kept]).toEqual([0, 2, 3]);
  expect([...mapped]).toEqual([0, 10, 10, 30, 0, 0, 21, 10, 30, 0, 40, 80]);
  expect(mapProposals(new Float32Array(0), quarter, { width: 1, height: 1 }).boxes.length).toBe(0);
});

test('a proposal without a width goes, whatever a turn makes of it: no delta is relative to it', () => {
  const flat = Float32Array.of(20, 10, 20, 50, 20, 10, 21, 50);
  const turn = [Math.SQRT1_2, -Math.SQRT1_2, 50, Math.SQRT1_2, Math.SQRT1_2, 0] as const;
  const { boxes, kept } = mapProposals(flat, turn, { width: 100, height: 100 });
  expect([...kept]).toEqual([1]);
  expect(boxes[2]! - boxes[0]!).toBeGreaterThan(20);
});
