import { methodPlan } from '../config/method-plan.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { tinyConfig } from '../testing/made-up.ts';
import { createValidation, type StoredValidation } from './validation.ts';

const part = (hash: string) => ({ classes: { red: 1 }, images: [['a.png', 10, 1, hash] as const] });
const config = (changes: object = {}) =>
  tinyConfig('/data', { earlyStopping: { patience: 1 }, evaluation: { every: 1 }, ...changes });
const plan = methodPlan(config());
const row = (step: number, AP: number): EvalRow =>
  ({ kind: 'eval', step, model: 'student', images: 1, metrics: { AP, AP50: AP } }) as EvalRow;
const found = (): StoredValidation => {
  const validation = createValidation(config(), plan, part('x'), {}, () => {});
  validation.add([row(5, 0.3)]);
  validation.add([row(6, 0.2)]);
  return validation.stored();
};

test('goes on from what a checkpoint has, through JSON', () => {
  const said: string[] = [];
  const stored = JSON.parse(JSON.stringify(found())) as StoredValidation;
  const validation = createValidation(config(), plan, part('x'), stored, (line) => said.push(line));
  expect(validation.bestSteps()).toEqual([5]);
  expect(validation.reasonToStop()).toBe('In 1 evaluation AP did not rise above the 30 of step 5.');
  expect(validation.stored()).toEqual(stored);
  expect(said).toEqual([]);
});

test('what was found on other data, or by another metric, is forgotten and that is said', () => {
  const said: string[] = [];
  const other = createValidation(config(), plan, part('y'), found(), (line) => said.push(line));
  expect([other.best(), other.reasonToStop()]).toEqual([undefined, undefined]);
  const by50 = config({ checkpoints: { best: { metric: 'AP50' } } });
  expect(createValidation(by50, plan, part('x'), found(), (line) => said.push(line)).best()).toBeUndefined();
  expect(said).toEqual([
    'The best step so far is no longer comparable (the validation data has changed): the best is found anew from here on.',
    'The best step so far is no longer comparable (it was chosen by AP, and now AP50 counts): the best is found anew from here on.',
  ]);
});

test('an older version’s checkpoint has nothing to go on from', () => {
  expect(createValidation(config(), plan, part('x'), {}, () => {}).best()).toBeUndefined();
});
