import { tinyConfig } from '../testing/made-up.ts';
import { compareSettings } from './going-on.ts';

const config = (changes: Record<string, unknown> = {}) => tinyConfig('/set', changes);
const sed = (alpha: object) => ({ kind: 'sed', burnIn: 4, alpha });

test('what no result depends on is free, what one depends on is named with both values', () => {
  const other = config({ checkpoints: { every: 1 }, evaluation: { every: 2 }, description: 'x' });
  expect(compareSettings(config(), other, 5, false)).toEqual({ refused: [], notes: [] });
  expect(compareSettings(config(), config({ seed: 2 }), 5, false).refused).toEqual(['seed (1 → 2)']);
});

test('where the data lies is free only where what it has is compared', () => {
  const moved = tinyConfig('/elsewhere');
  expect(compareSettings(config(), moved, 5, true).refused).toEqual([]);
  expect(compareSettings(config(), moved, 5, false).refused).toHaveLength(2);
  // how it is split decides what is learnt
  const data = { ...moved.data, split: { percent: 25, fold: 1 } };
  expect(compareSettings(config(), { ...moved, data } as typeof moved, 5, true).refused).toEqual([
    'data.split.percent (50 → 25)',
    'data.split.protocol ("sorted" → absent)',
  ]);
});

test('a longer run is the same run so far, where no curve ends with it', () => {
  const longer = compareSettings(config(), config({ iterations: 20 }), 10, false);
  expect(longer.refused).toEqual([]);
  expect(longer.notes).toEqual([expect.stringMatching(/goes on to iteration 20 instead of 10/)]);
  expect(compareSettings(config(), config({ iterations: 9 }), 10, false).refused[0]).toMatch(/at step 10 already/);

  const cosine = { schedule: { kind: 'cosine' }, method: sed({ kind: 'constant', value: 0.9 }) };
  expect(compareSettings(config(cosine), config({ ...cosine, iterations: 20 }), 10, false).refused[0]).toMatch(
    /iterations \(10 → 20; the learning rate followed a cosine.*initFrom/,
  );
  const teacher = { method: sed({ kind: 'cosine', start: 0.99, end: 0.9 }) };
  expect(compareSettings(config(teacher), config({ ...teacher, iterations: 20 }), 10, false).refused[0]).toMatch(
    /α followed/,
  );
});

test('milestones still to come may move, those that have passed may not', () => {
  const at = (milestones: number[], alphaAt = 8) => ({
    iterations: 40,
    schedule: { kind: 'step', milestones },
    method: sed({ kind: 'step', start: 0.99, end: 0.9, at: alphaAt }),
  });
  expect(compareSettings(config(at([8])), config(at([8, 30])), 10, false).refused).toEqual([]);
  expect(compareSettings(config(at([8])), config(at([30])), 10, false).refused).toEqual([
    'schedule.milestones (before step 10 they were 8, now none)',
  ]);
  expect(compareSettings(config(at([8])), config(at([8], 20)), 5, false).refused).toEqual([]);
  expect(compareSettings(config(at([8])), config(at([8], 20)), 10, false).refused[0]).toMatch(
    /method\.alpha\.at \(8 → 20/,
  );
});

test('α that steps with the first milestone moves with it', () => {
  const own = (milestones: number[]) =>
    config({
      iterations: 40,
      schedule: { kind: 'step', milestones },
      method: sed({ kind: 'step', start: 0.99, end: 0.9 }),
    });
  expect(compareSettings(own([20]), own([30]), 10, false).refused).toEqual([]);
  expect(compareSettings(own([20]), own([30]), 25, false).refused).toHaveLength(2);
});
