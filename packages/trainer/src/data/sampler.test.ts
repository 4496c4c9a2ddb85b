import { createSampler } from './sampler.ts';

test('every pass is a permutation of its own, and a position means the same image always', () => {
  const sampler = createSampler(7, 3, 'labeled');
  const passes = [0, 1, 2].map((p) => Array.from({ length: 7 }, (_, i) => sampler.at(p * 7 + i)));
  for (const pass of passes) expect([...pass].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(passes[0]).not.toEqual(passes[1]);
  const again = createSampler(7, 3, 'labeled');
  expect(again.at(16)).toBe(passes[2]![2]); // without having drawn what came before
  expect(Array.from({ length: 21 }, (_, i) => createSampler(7, 4, 'labeled').at(i))).not.toEqual(passes.flat());
  expect(() => createSampler(0, 1, 'unlabeled')).toThrow(/no items/);
});
