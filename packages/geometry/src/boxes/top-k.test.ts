import * as fc from 'fast-check';
import { topK } from '../index.ts';

test('equals a stable sort, for any scores with ties', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 }),
      fc.integer({ min: 0, max: 70 }),
      fc.integer({ min: -1, max: 4 }),
      (values, k, threshold) => {
        const expected = values
          .map((score, index) => ({ score, index }))
          .filter((item) => item.score > threshold)
          .sort((a, b) => b.score - a.score || a.index - b.index)
          .slice(0, k)
          .map((item) => item.index);
        expect([...topK(Float32Array.from(values), k, threshold)]).toEqual(expected);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

test('NaN is never chosen; k may be Infinity', () => {
  expect([...topK([0.1, NaN, 0.7], Infinity)]).toEqual([2, 0]);
  expect(() => topK([1], NaN)).toThrow(/k must be/);
});
