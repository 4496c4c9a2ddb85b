import { parseConfig } from '../config/parse.ts';
import type { RunConfig } from '../config/schema.ts';
import { ConfigError } from '../config/problems.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { reasonToStop, stagnationAfter, type Stagnation } from './early-stopping.ts';

const row = (step: number, AP: number, model: string = 'student'): EvalRow =>
  ({ kind: 'eval', step, model, images: 5, metrics: { AP } }) as EvalRow;
const BURN_IN = 100;
const configWith = (earlyStopping: object | null): Pick<RunConfig, 'earlyStopping'> => {
  const nowhere = { annotations: 'none.json', images: '.' };
  return parseConfig({
    data: { labeled: nowhere, validation: nowhere },
    method: { kind: 'supervised', burnIn: BURN_IN },
    iterations: 2000,
    schedule: { kind: 'step', milestones: [1500] },
    evaluation: { every: 100 },
    earlyStopping,
  });
};
/** The step at which a run with these evaluations ends. */
function endOf(
  settings: object,
  evaluations: readonly (readonly EvalRow[])[],
): { step: number; why: string } | undefined {
  const { earlyStopping } = configWith(settings);
  let state: Stagnation | undefined;
  for (const rows of evaluations) {
    state = stagnationAfter(state, earlyStopping, rows, BURN_IN);
    const why = reasonToStop(state, earlyStopping);
    if (why !== undefined) return { step: rows[0]!.step, why };
  }
  return undefined;
}
const curve = (...values: number[]) => values.map((value, i) => [row(100 * (i + 1), value)]);

test('a run ends after `patience` evaluations without a gain, counted from the end of the burn-in', () => {
  expect(endOf({ patience: 2 }, curve(0.9, 0.1, 0.2, 0.2, 0.15, 0.3))).toEqual({
    step: 500,
    why: 'In 2 evaluations AP did not rise above the 20 of step 300.',
  });
  expect(endOf({ patience: 3 }, curve(0.9, 0.1, 0.2, 0.2, 0.15, 0.3))).toBeUndefined();
});

test('a gain has to be larger than minimumGain, small ones do not add up to none', () => {
  expect(endOf({ patience: 2, minimumGain: 0.02 }, curve(0, 0.1, 0.11, 0.115))?.step).toBe(400);
  expect(endOf({ patience: 2, minimumGain: 0.02 }, curve(0, 0.1, 0.11, 0.125, 0.13, 0.146))).toBeUndefined();
});

test('without a model the higher one counts, with one that one alone', () => {
  const evaluations = [200, 300, 400, 500].map((step, i) => [row(step, 0.1 + i / 100), row(step, 0.4, 'teacher')]);
  expect(endOf({ patience: 3 }, evaluations)?.step).toBe(500);
  expect(endOf({ patience: 3, model: 'student' }, evaluations)).toBeUndefined();
  expect(endOf({ patience: 3, model: 'teacher' }, evaluations)?.why).toMatch(
    /the teacher's AP did not rise above the 40/,
  );
});

test('an evaluation that measures nothing counts for nothing; without the setting nothing is counted', () => {
  expect(endOf({ patience: 2 }, curve(0, 0.1, -1, Number.NaN, -1, -1, 0.1))).toBeUndefined();
  expect(stagnationAfter(undefined, configWith(null).earlyStopping, [row(200, 0.1)], BURN_IN)).toBeUndefined();
  expect(reasonToStop(undefined, configWith({ patience: 1 }).earlyStopping)).toBeUndefined();
});

test('a patience that no run could use up, and a model that is not evaluated, are refused by name', () => {
  const fails = (changes: object): readonly string[] => {
    try {
      const nowhere = { annotations: 'none.json', images: '.' };
      parseConfig({
        data: { labeled: nowhere, validation: nowhere },
        method: { kind: 'supervised', burnIn: 400 },
        iterations: 1200,
        schedule: { kind: 'step', milestones: [800] },
        ...changes,
      });
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };
  // evaluations at 600, 800, 1000: the first is what two others are compared with
  const evaluation = { every: 200, at: [450, 800] };
  expect(fails({ evaluation, earlyStopping: { patience: 3 } })).toEqual([]);
  expect(fails({ evaluation, earlyStopping: { patience: 4 } })).toEqual([
    expect.stringMatching(
      /^"earlyStopping.patience" is 4, but between the burn-in \(400\) and the end \(1200\) evaluations number 4/,
    ),
  ]);
  expect(fails({ evaluation: { every: 0 }, earlyStopping: {} })).toEqual([
    expect.stringMatching(/evaluations number 0/),
  ]);
  const student = { every: 100, models: ['student'] };
  expect(
    fails({ evaluation: student, earlyStopping: { model: 'teacher' }, checkpoints: { best: { model: 'teacher' } } }),
  ).toEqual([
    expect.stringMatching(/^"checkpoints.best.model" is "teacher"/),
    expect.stringMatching(/^"earlyStopping.model"/),
  ]);
});
