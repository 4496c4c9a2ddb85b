import { expectClose } from '@sed/testing';
import { alphaAt } from './index.ts';
import type { AlphaSchedule } from './index.ts';

test("constant: Tab 9's 0.95", () => {
  const schedule: AlphaSchedule = { kind: 'constant', value: 0.95 };
  expect([0, 10, 1000].map((step) => alphaAt(schedule, step, 100))).toEqual([0.95, 0.95, 0.95]);
});

test('step: 0.99, and 0.9 from the first milestone of the learning rate', () => {
  const schedule: AlphaSchedule = { kind: 'step', start: 0.99, end: 0.9, at: 800 };
  expect([0, 799, 800, 1199].map((step) => alphaAt(schedule, step, 1200))).toEqual([0.99, 0.99, 0.9, 0.9]);
});

test('cosine: from 0.996 over the middle to 0.9, never rising', () => {
  const schedule: AlphaSchedule = { kind: 'cosine', start: 0.996, end: 0.9 };
  const total = 101;
  const alphas = Array.from({ length: total }, (_, step) => alphaAt(schedule, step, total));
  expectClose(
    [alphas[0]!, alphas[25]!, alphas[50]!, alphas[75]!, alphas[100]!],
    [0.996, 0.98194113, 0.948, 0.91405887, 0.9],
  );
  for (let i = 1; i < total; i++) expect(alphas[i]!).toBeLessThan(alphas[i - 1]!);
  expect(alphaAt(schedule, 5000, total)).toBeCloseTo(0.9, 12);
  expect(alphaAt(schedule, 0, 1)).toBeCloseTo(0.9, 12);
});

test.each<[unknown, RegExp]>([
  [{ kind: 'constant', value: 1.2 }, /schedule\.value is 1\.2.*between 0 and 1/],
  [{ kind: 'step', start: 0.99, end: -1, at: 3 }, /schedule\.end is -1/],
  [{ kind: 'step', start: 0.99, end: 0.9, at: NaN }, /schedule\.at is NaN/],
  [{ kind: 'linear' }, /schedule\.kind is 'linear'.*It must be 'constant', 'step' or 'cosine'/],
  [{ kind: 'cosin', start: 0.99, end: 0.9 }, /schedule\.kind is 'cosin'; did you mean 'cosine'\?/],
  [{ kind: 'step', start: 0.99, end: 0.9 }, /schedule\.at is undefined; it must be an iteration, 0 or more/],
  [{ kind: 'step', start: 0.99, end: 0.9, at: '800' }, /schedule\.at is '800'/],
  [{ kind: 'cosine', start: '0.99', end: 0.9 }, /schedule\.start is '0\.99'/],
  [{ kind: 'cosine', start: 0.99, end: 0.9, at: 3 }, /schedule\.at is not an option; .*'kind', 'start' and 'end'/],
  [{ kind: 'cosine', start: 0.99, ende: 0.9 }, /schedule\.ende is not an option; did you mean 'end'\?/],
  [0.99, /schedule is 0\.99; it must be an object/],
])('%j is refused by name', (schedule, message) => {
  expect(() => alphaAt(schedule as AlphaSchedule, 0, 10)).toThrow(message);
});

test('a negative step and an empty run are refused', () => {
  expect(() => alphaAt({ kind: 'constant', value: 0.9 }, -1, 10)).toThrow(/step is -1/);
  expect(() => alphaAt({ kind: 'constant', value: 0.9 }, '3' as never, 10)).toThrow(/step is '3'/);
  expect(() => alphaAt({ kind: 'cosine', start: 0.996, end: 0.9 }, 0, 0)).toThrow(/totalSteps is 0/);
});
