import { randomStream } from '@sed/geometry';
import { BACKGROUND, IGNORED } from '../dense/matcher.ts';
import { sampleBalanced } from './sampler.ts';

const matches = (positives: number, negatives: number): Int32Array =>
  Int32Array.from([
    ...new Array<number>(positives).fill(2),
    ...new Array<number>(5).fill(IGNORED),
    ...new Array<number>(negatives).fill(BACKGROUND),
  ]);

test.each([
  // positives, background, drawn of each of 16 at most 25 %
  [10, 100, 4, 12],
  [2, 100, 2, 14],
  [0, 100, 0, 16],
  [10, 3, 4, 3],
  [10, 0, 4, 0],
  [0, 0, 0, 0],
])('%i positives and %i background rows: %i and %i are drawn, no ignored one, none twice', (p, n, drawnP, drawnN) => {
  const all = matches(p, n);
  const { positives, negatives } = sampleBalanced(
    all,
    { count: 16, positiveFraction: 0.25 },
    randomStream(1, 'sampler'),
  );
  expect([positives.length, negatives.length]).toEqual([drawnP, drawnN]);
  expect(positives.every((i) => all[i] === 2) && negatives.every((i) => all[i] === BACKGROUND)).toBe(true);
  expect(new Set([...positives, ...negatives]).size).toBe(drawnP + drawnN);
});

test('every row is drawn about equally often', () => {
  const counts = new Int32Array(20);
  for (let i = 0; i < 2000; i++) {
    const { negatives } = sampleBalanced(matches(0, 15), { count: 5, positiveFraction: 0.5 }, randomStream(i, 'even'));
    for (const row of negatives) counts[row]!++;
  }
  // 2000 · 5 / 15, with a deviation of 21
  for (const count of counts.subarray(5)) expect(Math.abs(count - 667)).toBeLessThan(100);
});
