import { lastValueAt } from './last-value.ts';

test('a gap has the value before it', () => {
  const values = [undefined, 4, null, undefined, 0, 7];
  expect([0, 1, 2, 3, 4, 5].map((i) => lastValueAt(values, i))).toEqual([null, 4, 4, 4, 0, 7]);
});
