import { joinBoxes, pickBoxes } from './box-lists.ts';

const boxes = Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23);

test('picked boxes come in the order of the indices, also twice', () => {
  expect([...pickBoxes(boxes, [2, 0, 2])]).toEqual([20, 21, 22, 23, 0, 1, 2, 3, 20, 21, 22, 23]);
  expect(pickBoxes(boxes, []).length).toBe(0);
});

test('joined lists are one after the other', () => {
  expect([...joinBoxes([pickBoxes(boxes, [1]), new Float32Array(0), pickBoxes(boxes, [0])])]).toEqual([
    10, 11, 12, 13, 0, 1, 2, 3,
  ]);
  expect(joinBoxes([]).length).toBe(0);
});
