import { assignBoxes } from './assign-boxes.ts';

/** Three boxes side by side, and the same from right to left. */
const boxes = Float32Array.of(0.1, 0.5, 0.2, 0.4, 0.5, 0.5, 0.2, 0.4, 0.9, 0.5, 0.2, 0.4);
const reversed = Float32Array.of(0.9, 0.5, 0.2, 0.4, 0.5, 0.5, 0.2, 0.4, 0.1, 0.5, 0.2, 0.4);
const free = new Float32Array(9);

test('boxes go with the boxes they lie on', () => {
  const { rows, columns } = assignBoxes(free, boxes, reversed, { classWeight: 1, iouWeight: 1 });
  expect([...rows]).toEqual([0, 1, 2]);
  expect([...columns]).toEqual([2, 1, 0]);
});

test('classes that are far apart outweigh places, by their weight', () => {
  const classCosts = Float32Array.of(0, 9, 9, 9, 0, 9, 9, 9, 0);
  const paired = (classWeight: number) => [
    ...assignBoxes(classCosts, boxes, reversed, { classWeight, iouWeight: 1 }).columns,
  ];
  expect(paired(1)).toEqual([0, 1, 2]);
  expect(paired(0)).toEqual([2, 1, 0]);
});

test('fewer boxes on one side: only the best pairs', () => {
  const { rows, columns } = assignBoxes(new Float32Array(3), boxes, boxes.slice(4, 8), {
    classWeight: 1,
    iouWeight: 1,
  });
  expect([[...rows], [...columns]]).toEqual([[1], [0]]);
});

test('costs that are not one a pair, or no numbers, are named', () => {
  const weights = { classWeight: 1, iouWeight: 1 };
  expect(() => assignBoxes(new Float32Array(4), boxes, boxes, weights)).toThrow(/3 boxes and 3 others need 9.*got 4/);
  expect(() =>
    assignBoxes(
      free.map(() => NaN),
      boxes,
      boxes,
      weights,
    ),
  ).toThrow(/row 0, column 0 is NaN/);
});
