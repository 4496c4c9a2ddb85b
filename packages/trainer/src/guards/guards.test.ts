import { parseConfig } from '../config/parse.ts';
import { requireFinite } from './finite.ts';
import { initialWatch, watch, watchStart, type Observation, type WatchState } from './watch.ts';

/** Feeds observations and gives the codes with the step each came at. */
function codes(steps: number, seen: (step: number) => Partial<Observation>): [string, number][] {
  let state: WatchState = initialWatch();
  const found: [string, number][] = [];
  for (let step = 1; step <= steps; step++) {
    const base = { step, supervised: 0.5, unsupervised: undefined, positives: undefined, teacherMaxScore: undefined };
    const next = watch(JSON.parse(JSON.stringify(state)) as WatchState, { ...base, ...seen(step) });
    state = next.state;
    for (const { code, message } of next.warnings) {
      expect(message).toMatch(/^Step \d+: /);
      expect(message).toMatch(/Likely cause|agree on predicting nothing/);
      found.push([code, step]);
    }
  }
  return found;
}

test('a healthy run is not warned of: the losses of the recipe', () => {
  const noise = (step: number) => 1 + 0.5 * Math.sin(step * 1.7);
  const found = codes(600, (step) => ({
    supervised: (2 * Math.exp(-step / 60) + 0.3) * noise(step),
    unsupervised: step > 200 ? 0.9 * noise(step + 3) : undefined,
    positives: undefined,
    teacherMaxScore: step > 200 ? 0.9 : undefined,
  }));
  expect(found).toEqual([]);
});

test('unsupervised losses at zero, once', () => {
  expect(codes(400, (step) => ({ unsupervised: step > 50 ? 0 : undefined }))).toEqual([['unsupervised-zero', 150]]);
});

test('unsupervised losses that take over', () => {
  const found = codes(200, (step) => ({ unsupervised: step > 100 ? 10 : undefined }));
  expect(found).toEqual([['unsupervised-exploding', 140]]);
});

test('a supervised loss that rises after the teacher joined (twin: .05 to .64 in 50 steps), and one that rises before', () => {
  const after = codes(300, (step) => ({
    supervised: step <= 200 ? 0.05 : Math.min(0.64, 0.05 + (step - 200) * 0.012),
    unsupervised: step > 200 ? 0.1 : undefined,
  }));
  expect(after.map(([code]) => code)).toEqual(['supervised-rising']);
  expect(after[0]![1]).toBeLessThanOrEqual(250);
  expect(codes(200, (step) => ({ supervised: step < 100 ? 0.5 : 50 })).map(([code]) => code)).toEqual([
    'supervised-rising',
  ]);
});

test('a teacher that forgets, and boxes that no anchor matches', () => {
  const found = codes(300, (step) => ({ unsupervised: 0.3, teacherMaxScore: step < 100 ? 0.9 : 0.2 }));
  expect(found.map(([code]) => code)).toEqual(['teacher-collapsed']);
  expect(codes(300, (step) => ({ positives: step === 80 ? 5 : 0 }))).toEqual([['no-positives', 180]]);
});

test('a learning rate of a large batch on a small one', () => {
  const data = { annotations: 'a.json', images: 'i' };
  const json = { data: { labeled: data, validation: data }, method: { kind: 'supervised' } };
  expect(watchStart(parseConfig(json))).toEqual([]);
  const [warning] = watchStart(parseConfig({ ...json, batch: { labeled: 1 } }));
  expect(warning).toMatchObject({
    code: 'learning-rate',
    message: expect.stringMatching(/16 times the paper's.*0\.00063/) as string,
  });
});

test('a loss that is not finite is named, with the step, the images and the checkpoint', () => {
  const numbers = {
    step: 41,
    losses: new Map([
      ['supervised.classification', 0.3],
      ['scale.dense.regression', NaN],
    ]),
    gradientNorm: NaN,
    files: ['/a.jpg', '/b.jpg'],
    checkpoint: '/run/checkpoints/step-40',
    lr: 0.01,
  };
  expect(() => requireFinite(numbers)).toThrow(
    /Step 42: the loss scale\.dense\.regression is NaN.*not taken.*\n.*\/a\.jpg, \/b\.jpg[^]*step-40/,
  );
  const finite = { ...numbers, losses: new Map([['x', 1]]) };
  expect(() => requireFinite({ ...finite, gradientNorm: Infinity, checkpoint: undefined })).toThrow(
    /norm of the gradient is Infinity[^]*no checkpoint yet/,
  );
  expect(() => requireFinite({ ...finite, losses: new Map([['x', Infinity]]), gradientNorm: 1 })).toThrow(
    /the loss x is Infinity/,
  );
  requireFinite({ ...finite, gradientNorm: 1 });
});
