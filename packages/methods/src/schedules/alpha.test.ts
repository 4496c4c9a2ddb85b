import {
  alphaOf,
  averagingTiming,
  checkAveraging,
  rescaleAveraging,
  type AlphaConfig,
  type AveragingSettings,
} from './alpha.ts';

const run = { iterations: 1200, milestones: [800, 1067] };
const averaging = (alpha: AlphaConfig): AveragingSettings => ({ burnIn: 400, alpha });

test('α steps at the first milestone of the learning rate, or where it is told to', () => {
  const config = averaging({ kind: 'step', start: 0.99, end: 0.9 });
  expect([400, 799, 800, 1199].map((step) => alphaOf(config, run, step))).toEqual([0.99, 0.99, 0.9, 0.9]);
  const at = averaging({ kind: 'step', start: 0.99, end: 0.9, at: 500 });
  expect([499, 500].map((step) => alphaOf(at, run, step))).toEqual([0.99, 0.9]);
  // of a step in the burn-in nothing is left of the first value
  expect(alphaOf(averaging({ kind: 'step', start: 0.99, end: 0.9, at: 100 }), run, 400)).toBe(0.9);
  expect(() => alphaOf(config, { ...run, milestones: [] }, 400)).toThrow(/"method.alpha.at" is missing/);
});

test('cosine runs from the end of the burn-in to the last step', () => {
  const config = averaging({ kind: 'cosine', start: 0.996, end: 0.9 });
  expect(alphaOf(config, run, 400)).toBeCloseTo(0.996, 12);
  expect(alphaOf(config, run, 1199)).toBeCloseTo(0.9, 12);
});

test('a schedule that the run is too short for, and one whose step has no time', () => {
  const step = averaging({ kind: 'step', start: 0.99, end: 0.9, at: 800 });
  expect(checkAveraging(step, run)).toEqual({ beyondTheEnd: [], others: [] });
  expect(checkAveraging(step, { ...run, iterations: 400 })).toEqual({
    beyondTheEnd: [
      expect.stringMatching(/^"method.burnIn" is 400 and "iterations" 400: /),
      expect.stringMatching(/^"method.alpha.at" is 800, .* \(400\)/),
    ],
    others: [],
  });
  const open = averaging({ kind: 'step', start: 0.99, end: 0.9 });
  expect(checkAveraging(open, { ...run, milestones: [] }).others).toEqual([
    expect.stringMatching(/^"method.alpha.at" is missing/),
  ]);
});

test('when it acts: a step at its time, a curve over the whole run', () => {
  expect(averagingTiming(averaging({ kind: 'step', start: 0.99, end: 0.9 }), run)).toEqual({
    at: { 'alpha.at': 800 },
    spans: [],
  });
  expect(averagingTiming(averaging({ kind: 'cosine', start: 0.996, end: 0.9 }), run)).toEqual({
    at: { 'alpha.at': undefined },
    spans: ['α'],
  });
});

test('with k times the batch an average forgets k steps in one', () => {
  const alphas = (alpha: AlphaConfig): object => rescaleAveraging(averaging(alpha), 2).config.alpha;
  expect(alphas({ kind: 'constant', value: 0.9 })).toEqual({ kind: 'constant', value: 0.9 ** 2 });
  expect(alphas({ kind: 'cosine', start: 0.9, end: 0.8 })).toEqual({ kind: 'cosine', start: 0.9 ** 2, end: 0.8 ** 2 });
  const { config, notes } = rescaleAveraging(averaging({ kind: 'step', start: 0.99, end: 0.9, at: 500 }), 2);
  expect(config).toEqual(averaging({ kind: 'step', start: 0.99 ** 2, end: 0.9 ** 2, at: 500 }));
  expect(notes).toEqual([expect.stringMatching(/α 0\.99 → 0\.9 becomes 0\.9801 → 0\.81 \(α to the power 2\)/)]);
});
