import { alphaOf } from './alpha.ts';

const schedule = { kind: 'step' as const, milestones: [800, 1067], factor: 0.1 };
const method = (alpha: object) =>
  ({ kind: 'supervised', burnIn: 400, alpha }) as Parameters<typeof alphaOf>[0]['method'];

test('no teacher in the burn-in; α steps at the first milestone of the learning rate', () => {
  const config = { method: method({ kind: 'step', start: 0.99, end: 0.9 }), schedule, iterations: 1200 };
  expect([0, 399, 400, 799, 800, 1199].map((s) => alphaOf(config, s))).toEqual([null, null, 0.99, 0.99, 0.9, 0.9]);
  const at = { ...config, method: method({ kind: 'step', start: 0.99, end: 0.9, at: 500 }) };
  expect([499, 500].map((s) => alphaOf(at, s))).toEqual([0.99, 0.9]);
});

test('cosine runs from the end of the burn-in to the last step', () => {
  const config = { method: method({ kind: 'cosine', start: 0.996, end: 0.9 }), schedule, iterations: 1200 };
  expect(alphaOf(config, 400)).toBeCloseTo(0.996, 12);
  expect(alphaOf(config, 1199)).toBeCloseTo(0.9, 12);
});
