import { borderStyle } from './line-style.ts';

test('a line and its border look alike: solid, dashed, dotted', () => {
  expect([undefined, [], [6, 4], [2, 3], [10, 3, 2, 3]].map((dash) => borderStyle(dash ? { dash } : {}))).toEqual([
    'solid',
    'solid',
    'dashed',
    'dotted',
    'dashed',
  ]);
});
