import { ClassesError } from '@sed/datasets-coco';
import { ChangedDataError, ConfigError, OldRunError, OVERRIDES, StoppedError } from '@sed/trainer';
import { MissingWeightsError } from '@sed/trainer/named-weights';
import { adviceOn, inOptions } from './advice.ts';
import { explain } from './errors.ts';

const shown = (path: string): string => path.replace('/home/me/', '');

test.each([
  [new ChangedDataError('run', ['an image is gone']), 'If it is meant: --accept-changed-data.'],
  [
    new StoppedError('The disk is full.', '/home/me/my run', new Error('ENOSPC')),
    "To resume: sed-cli train --out 'my run' --resume",
  ],
  [new OldRunError('names no "categories".'), 'To resume: sed-cli train --out <the run folder> --resume'],
  [
    new ClassesError('The sources do not name the same classes:', []),
    'On the command line: --classes a,b, --rename-classes aeroplane=airplane, --leave-out-classes a,b or others.',
  ],
  [new MissingWeightsError('the weights are not on this machine'), '`sed-cli setup` fetches them.'],
])('%s', (error, advice) => {
  expect(adviceOn(error, shown)).toEqual([advice]);
  expect(explain(error, false, shown)).toBe(`${error.message}\n${advice}`);
  expect(error.message).not.toMatch(/--[a-z]|sed-cli/);
});

test('what others gather or pass on is advised on, once', () => {
  const classes = () => new ClassesError('They differ:', []);
  const gathered = new AggregateError([classes(), classes(), new Error('no images')], 'three things');
  expect(adviceOn(gathered, shown)).toHaveLength(1);
  expect(adviceOn(new Error('"detector.weights"', { cause: new MissingWeightsError('gone') }), shown)).toHaveLength(1);
});

test('nothing is said where there is nothing to type', () => {
  expect(adviceOn(new StoppedError('No folder is left.', undefined, new Error('gone')), shown)).toEqual([]);
  expect(adviceOn(new Error('x'), shown)).toEqual([]);
  expect(adviceOn('x', shown)).toEqual([]);
});

test('assignments are called by their option', () => {
  expect(inOptions(new ConfigError(OVERRIDES, ['"a" is wrong', '"b" is overrides: x']))).toBe(
    '--set: "a" is wrong\n--set: "b" is overrides: x',
  );
  expect(inOptions(new ConfigError('run.json', ['"a" is wrong']))).toBe('run.json: "a" is wrong');
});
