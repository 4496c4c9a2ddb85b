import { methodPlan } from '../config/method-plan.ts';
import { parseConfig } from '../config/parse.ts';
import { durationText, expectedByStep, expectedSeconds, longRun, tooLarge } from './cost.ts';

const nowhere = { annotations: 'a.json', images: '.' };
const planWith = (method: object) =>
  methodPlan(
    parseConfig({
      data: { labeled: nowhere, unlabeled: { images: '.' }, validation: nowhere },
      iterations: 1000,
      batch: { labeled: 4, unlabeled: 8 },
      method,
    }),
  );

test('a supervised step is three passes of each labeled image', () => {
  const supervised = planWith({ kind: 'supervised', burnIn: 100 });
  expect(expectedSeconds(supervised, 0, { seconds: 0.1 })).toBeCloseTo(1000 * 4 * 3 * 0.1, 6);
  expect(expectedSeconds(supervised, 750, { seconds: 0.1 })).toBeCloseTo(250 * 4 * 3 * 0.1, 6);
});

test('from the end of the burn-in on the student sees unlabeled images in two sizes, the teacher in one', () => {
  const sed = planWith({ kind: 'sed', burnIn: 100 });
  const expected = (1000 * 4 * 3 + 900 * 8 * (3 * 1.25 + 1)) * 0.1;
  expect(expectedSeconds(sed, 0, { seconds: 0.1 })).toBeCloseTo(expected, 6);
  // by a step of the burn-in and by one after it
  expect(expectedByStep(sed, 3, 4 * 3 * 0.1)).toBeCloseTo(expected - 3 * 4 * 3 * 0.1, 6);
  const later = 4 * 3 * 0.1 + 8 * (3 * 1.25 + 1) * 0.1;
  expect(expectedByStep(sed, 600, later)).toBeCloseTo(400 * later, 6);
});

test('a run of more than a day is warned of, with its length and the way out', () => {
  expect(longRun(23 * 3600, 'measured')).toEqual([]);
  const [warning] = longRun(10_047 * 3600, 'the first 3 steps took 201 s each');
  expect(warning!.code).toBe('long-run');
  expect(warning!.message).toMatch(
    /about 419 days \(10,047 hours\) on this machine \(the first 3 steps took 201 s each\)/,
  );
});

test('a step that does not fit into the memory', () => {
  const terabyte = { bytes: 2 ** 40 };
  const [warning] = tooLarge(planWith({ kind: 'sed' }), terabyte);
  expect(warning!.message).toMatch(/^A step may need about 10,240 GB .*"batch.accumulate"/);
  expect(tooLarge(planWith({ kind: 'sed' }), { bytes: 2 ** 20 })).toEqual([]);
});

test.each([
  [12.3, '12 s'],
  [89 * 60, '89 min'],
  [5.23 * 3600, '5.2 hours'],
  [72 * 3600, '3 days (72 hours)'],
])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text));
