import { IDENTITY, type AffineMap } from './affine-map.ts';
import { pairCells } from './pair-cells.ts';

const grid = { stride: 8, height: 2, width: 3, center: 4 };
const whole = { width: 24, height: 16 };

test('a shift by one cell pairs each cell with its neighbor; what comes from outside has no partner', () => {
  const { teacher, student, images, offsetX, offsetY } = pairCells(grid, [[1, 0, 8, 0, 1, 0]], [whole], [whole]);
  expect([...student]).toEqual([1, 2, 4, 5]);
  expect([...teacher]).toEqual([0, 1, 3, 4]);
  expect([...images]).toEqual([0, 0, 0, 0]);
  expect([...offsetX, ...offsetY]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

test('a shift by less than half a cell pairs a cell with itself, and says how far its center went', () => {
  const { teacher, student, offsetX, offsetY } = pairCells(grid, [[1, 0, 3, 0, 1, -2]], [whole], [whole]);
  expect([...teacher]).toEqual([...student]);
  expect([...offsetX]).toEqual([...student].map(() => 3));
  expect([...offsetY]).toEqual([...student].map(() => -2));
  expect(student.length).toBe(6);
});

test('padding has no partner, but an image that did not move keeps all its cells', () => {
  const narrow = { width: 16, height: 16 };
  const moved: AffineMap = [1, 0, 1, 0, 1, 0];
  const { student, images } = pairCells(grid, [moved, IDENTITY], [narrow, narrow], [narrow, narrow]);
  expect([...student]).toEqual([0, 1, 3, 4, 6, 7, 8, 9, 10, 11]);
  expect([...images]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
});
