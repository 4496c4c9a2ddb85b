import { initialWatch, lossWatch, watch, watchLosses, type LossWatch, type Observation } from './watch.ts';

/** Feeds observations and gives the codes with the step each came at. */
function codes(steps: number, seen: (step: number) => Partial<Observation>): [string, number][] {
  let state: LossWatch = initialWatch();
  const found: [string, number][] = [];
  for (let step = 1; step <= steps; step++) {
    const base = { step, supervised: 0.5, unsupervised: undefined, positives: undefined, teacherMaxScore: undefined };
    const next = watch(JSON.parse(JSON.stringify(state)) as LossWatch, { ...base, ...seen(step) });
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

describe('as the memory of a method', () => {
  test('what is read from a checkpoint goes on, an earlier version’s too; anything else is refused', () => {
    const state = { ...initialWatch(), zeroSteps: 3, warned: ['no-positives'], supervised: 0.5 };
    expect(lossWatch.restore(JSON.parse(JSON.stringify(state)), undefined)).toEqual(state);
    expect(lossWatch.restore({ warned: [], zeroSteps: 7 }, undefined)).toEqual({ ...initialWatch(), zeroSteps: 7 });
    for (const wrong of [null, 3, { warned: 'none' }, { supervised: 'high' }]) {
      expect(() => lossWatch.restore(wrong, undefined)).toThrow('is no state of the watch over the losses');
    }
  });

  test('is moved by the sums of the parts, the box losses of the first stage and the teacher’s score', () => {
    const report = {
      step: 5,
      losses: new Map([
        ['supervised.rpn.boxRegression', 0],
        ['supervised.roi.boxRegression', 0.2],
      ]),
      totals: new Map([['supervised', 0.5]]),
      measured: {},
    };
    const burnIn = watchLosses(initialWatch(), report);
    expect(burnIn).toEqual({ memory: { ...initialWatch(), supervised: 0.5, barrenSteps: 1 }, warnings: [] });
    const later = {
      step: 6,
      losses: new Map([['supervised.boxRegression', 0.1]]),
      totals: new Map([
        ['supervised', 0.5],
        ['unsupervised', 0.25],
      ]),
      measured: { teacherMaxScore: 0.75, histogram: [1, 2] },
    };
    expect(watchLosses(burnIn.memory, later).memory).toMatchObject({
      supervised: 0.5,
      barrenSteps: 0,
      unsupervised: 0.25,
      unsupervisedSteps: 1,
      score: 0.75,
    });
  });
});
