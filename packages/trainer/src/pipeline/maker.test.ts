import { workersOf } from './maker.ts';

test('one worker less than processors, 1 to 8; what is asked; none where there is no compiled worker', () => {
  expect([1, 2, 4, 9, 64].map((n) => workersOf(null, n, true))).toEqual([1, 1, 3, 8, 8]);
  expect(workersOf(12, 2, true)).toBe(12);
  expect(workersOf(0, 16, true)).toBe(0);
  expect(workersOf(4, 16, false)).toBe(0);
  expect(workersOf(4)).toBe(0); // these are the sources
});
