import { parseConfig, type RunConfig, type TrainResult } from '@sed/trainer';
import { endingText } from './ending.ts';

const nowhere = { annotations: 'none.json', images: '.' };
const configWith = (checkpoints: object = {}): RunConfig =>
  parseConfig({
    data: { labeled: nowhere, validation: nowhere },
    method: { kind: 'supervised', burnIn: 100 },
    iterations: 1200,
    schedule: { kind: 'step', milestones: [800] },
    checkpoints,
  });
const result = { step: 1200, seconds: 185, checkpoint: 'runs/a/checkpoints/step-1200', best: undefined };
const shown = (path: string) => path;

test('the best of each model, the last, and what to type next', () => {
  const best = {
    metric: 'AP' as const,
    models: {
      student: { step: 800, value: 0.104, checkpoint: 'runs/a/checkpoints/step-800' },
      teacher: { step: 1000, value: 0.362, checkpoint: 'runs/a/checkpoints/step-1000' },
    },
  };
  expect(endingText({ ...result, best }, configWith(), 'runs/a', shown)).toBe(
    [
      'Done: 1200 iterations, 3m 05s of training.',
      '  best  teacher  iteration 1000  AP 36.2  runs/a/checkpoints/step-1000',
      '  best  student  iteration 800   AP 10.4  runs/a/checkpoints/step-800',
      '  last           iteration 1200           runs/a/checkpoints/step-1200',
      'Next:',
      '  sed-cli predict --run runs/a --images <folder> --out found.json --draw drawn',
      '  sed-cli report runs/a',
    ].join('\n'),
  );
});

test('a run without a best says why; one that stopped early says so; a folder with a blank is quoted', () => {
  expect(endingText(result, configWith(), 'a', shown)).toMatch(/There is no best: no evaluation found AP above 0\./);
  expect(endingText(result, configWith({ best: null }), 'a', shown)).toMatch(/no best: "checkpoints.best" is null\./);
  const early = { ...result, step: 700, stoppedEarly: 'In 5 evaluations AP did not rise above the 20 of step 200.' };
  const text = endingText(early, configWith(), "my run's", shown);
  expect(text).toMatch(/^Stopped early at iteration 700 of 1200, after 3m 05s of training\. In 5 evaluations AP/);
  expect(text).toContain(String.raw`sed-cli report 'my run'\''s'`);
  expect(text).toMatch(/\n {2}sed-cli train --out .* --resume --set earlyStopping=null {3}\(trains on\)$/);
});

test('any networks have a best: those of the run, in its order', () => {
  const models = {
    left: { step: 800, value: 0.104, checkpoint: 'a/step-800' },
    right: { step: 1000, value: 0.362, checkpoint: 'a/step-1000' },
  };
  const best = { metric: 'AP', models } as unknown as TrainResult['best'];
  expect(
    endingText({ ...result, best }, configWith(), 'a', shown)
      .split('\n')
      .slice(1, 3),
  ).toEqual([
    '  best  left   iteration 800   AP 10.4  a/step-800',
    '  best  right  iteration 1000  AP 36.2  a/step-1000',
  ]);
});
