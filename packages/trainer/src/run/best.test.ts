import type { EvalRow } from '../metrics/rows.ts';
import { bestAfter, bestSteps, comparable, isBest, type Best } from './best.ts';

const settings = { metric: 'AP' } as const;
const row = (step: number, AP: number, model: string = 'student', images = 5): EvalRow =>
  ({ kind: 'eval', step, model, images, metrics: { AP, AP50: 1 - AP } }) as EvalRow;
const after = (...evaluations: EvalRow[][]): Best | undefined =>
  evaluations.reduce<Best | undefined>((best, rows) => bestAfter(best, settings, rows), undefined);

test('each model has its own best step; of equal values the earlier one stays', () => {
  const best = after(
    [row(100, 0.2), row(100, 0.1, 'teacher')],
    [row(200, 0.3), row(200, 0.3, 'teacher')],
    [row(300, 0.3), row(300, 0.4, 'teacher')],
    [row(400, 0.1), row(400, 0.39, 'teacher')],
  );
  expect(best).toEqual({
    metric: 'AP',
    models: { student: { step: 200, value: 0.3 }, teacher: { step: 300, value: 0.4 } },
  });
  expect(bestSteps(best).sort()).toEqual([200, 300]);
});

test('what could not be measured, and 0, is no best', () => {
  expect(after([row(1, -1)], [row(2, Number.NaN)], [row(3, 0)])).toBeUndefined();
  expect(after([row(1, 0.1)], [row(2, Number.NaN)], [row(3, -1)])?.models.student).toEqual({ step: 1, value: 0.1 });
});

test('another metric, one model alone, none', () => {
  expect(bestAfter(undefined, { metric: 'AP50' }, [row(1, 0.4)])?.models.student?.value).toBeCloseTo(0.6);
  const teacher = bestAfter(undefined, { metric: 'AP', model: 'teacher' }, [row(1, 0.4), row(1, 0.3, 'teacher')]);
  expect(teacher?.models).toEqual({ teacher: { step: 1, value: 0.3 } });
  expect(bestAfter(after([row(1, 0.4)]), null, [row(2, 0.5)])).toBeUndefined();
});

test('a best by another metric is not compared', () => {
  const best = after([row(1, 0.9)])!;
  expect(comparable(best, settings)).toEqual(best);
  expect(comparable(best, { metric: 'AP50' })).toBeUndefined();
  expect(comparable(best, null)).toBeUndefined();
  expect(bestAfter(best, { metric: 'AP50' }, [row(2, 0.8)])?.models.student?.step).toBe(2);
});

test('what a file calls the best is looked at', () => {
  expect(isBest(after([row(1, 0.2), row(1, 0.3, 'teacher')]))).toBe(true);
  const one = { step: 1, value: 0.2 };
  for (const models of [
    null,
    'student',
    { student: one, teacher: 3 },
    { student: { ...one, step: '../..' } },
    { student: { step: 1 } },
  ])
    expect(isBest({ metric: 'AP', models })).toBe(false);
  // networks have the names that the method gives them
  expect(isBest({ metric: 'AP', models: { both: one } })).toBe(true);
  expect(isBest({ metric: 1, models: {} })).toBe(false);
});
