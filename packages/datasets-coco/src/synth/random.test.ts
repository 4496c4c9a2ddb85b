import { logBetween, randomStream, wholeBetween } from './random.ts';

const take = (random: () => number, n: number) => Array.from({ length: n }, random);

test('a stream is a function of its seed and path, and differs in each', () => {
  expect(take(randomStream(1, 'a', 2), 5)).toEqual(take(randomStream(1, 'a', 2), 5));
  const others = [
    randomStream(2, 'a', 2),
    randomStream(1, 'b', 2),
    randomStream(1, 'a', 3),
    randomStream(1, 'a'),
    randomStream(1, 'a', '2'),
  ];
  const first = take(randomStream(1, 'a', 2), 3).join();
  for (const other of others) expect(take(other, 3).join()).not.toBe(first);
});

test('draws are uniform, and neighboring streams are not alike', () => {
  const n = 20_000;
  const draws = take(randomStream(7, 'x'), n);
  const bins = new Array<number>(10).fill(0);
  for (const draw of draws) bins[Math.floor(draw * 10)]!++;
  // χ² with 9 degrees of freedom: above 33.7 once in ten thousand.
  expect(bins.reduce((sum, count) => sum + (count - n / 10) ** 2 / (n / 10), 0)).toBeLessThan(33.7);
  const firsts = Array.from({ length: n }, (_, i) => randomStream(7, 'x', i)());
  const mean = firsts.reduce((a, b) => a + b) / n;
  const lag = firsts.slice(1).reduce((sum, value, i) => sum + (value - 0.5) * (firsts[i]! - 0.5), 0) / n;
  expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
  expect(Math.abs(lag)).toBeLessThan(4 / (12 * Math.sqrt(n)));
});

test('ranges reach both ends', () => {
  const random = randomStream(3);
  const whole = take(() => wholeBetween(random, 2, 4), 200);
  expect(new Set(whole)).toEqual(new Set([2, 3, 4]));
  const logs = take(() => logBetween(random, 1, 100), 4000);
  expect(logs.filter((value) => value < 10).length / 4000).toBeCloseTo(0.5, 1);
});
