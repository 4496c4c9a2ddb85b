/** What a step of SED consists of: who learns from whom, on which views, at which weight. */
import { onEveryBackend } from '@sed/testing';
import { randomStream } from '@sed/geometry';
import * as tf from '@tensorflow/tfjs-core';
import type { Compute, RunFacts, StepContext } from '../method.ts';
import { scoped } from '../scoped.ts';
import { brightView, LEVELS, lookingDetector, type Look } from '../testing/looking-detector.ts';
import { rampFactor, sed } from './method.ts';
import type { SedConfig } from './schema.ts';

const config: SedConfig = {
  kind: 'sed',
  burnIn: 10,
  lambdaScale: 3,
  lambdaDistill: 5,
  maxShift: 2,
  weighting: { kind: 'uniform' },
  alpha: { kind: 'constant', value: 0.9 },
  classificationWeight: 0.5,
  regressionWeight: 7,
  regression: 'mean',
  ramp: 4,
};
const run: RunFacts = {
  seed: 3,
  iterations: 100,
  batch: { labeled: 2, unlabeled: 6, accumulate: 2 },
  milestones: [],
  labeledView: 'strong',
};

test('its views: labeled ones from the start, a weak and a strong one of unlabeled images after the burn-in', () => {
  expect(sed.views(config, run)).toEqual([
    { source: 'labeled', from: 0, chains: { image: ['weak', 'strong'] } },
    { source: 'unlabeled', from: 10, chains: { weak: ['weak'], strong: ['weak', 'strong'] } },
  ]);
});

test('the ramp rises in its steps to 1, from the first step after the burn-in on', () => {
  expect([0, 1, 2, 3, 4, 50].map((after) => rampFactor(config, after))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  expect(rampFactor({ ramp: 0 }, 0)).toBe(1);
});

onEveryBackend('the method SED', () => {
  /** Terms of a step's unsupervised part, and who looked. */
  async function unsupervisedOf(step: number) {
    const looks: Look[] = [];
    const networks = {
      student: new Map([['w', tf.tensor1d([0.01])]]),
      teacher: new Map([['w', tf.tensor1d([0.02])]]),
    };
    const context: StepContext<SedConfig> = {
      config,
      run,
      step,
      detector: lookingDetector(looks),
      batching: LEVELS,
      networks,
      labeled: { image: [brightView(9)] },
      unlabeled: { weak: [brightView(40)], strong: [brightView(200)] },
      random: (name) => randomStream(run.seed, name, step),
      randomOfPart: (name) => randomStream(run.seed, name, step, 0),
      measuring: false,
      memory: undefined,
    };
    const parts = sed.parts(context as Parameters<typeof sed.parts>[0]);
    expect(parts.map(({ name, network }) => [name, network])).toEqual([
      ['supervised', 'student'],
      ['unsupervised', 'student'],
    ]);
    const { terms } = scoped(() => (parts[1]!.prepare() as Compute)(networks.student));
    tf.dispose([...networks.student.values(), ...networks.teacher.values()]);
    const who = looks.map((look) => (look.with === networks.teacher ? 'teacher' : 'student'));
    return { who, looks, weights: Object.fromEntries(terms.map(({ name, weight }) => [name, weight])) };
  }

  test('the terms weigh n_u / n_s, the ramp, λ and the weight of their kind; parts of the batch do not change that', async () => {
    const { weights } = await unsupervisedOf(11);
    // 6 / 2 times two of four steps of the ramp
    expect(weights).toEqual({
      'distillation.dense.classification': 1.5 * 5 * 0.5,
      'distillation.dense.regression': 1.5 * 5 * 7,
      'scale.dense.classification': 1.5 * 3 * 0.5,
      'scale.dense.regression': 1.5 * 3 * 7,
    });
  });

  test('the teacher sees the weak view, the student the strong one and, halved as its stream says, the reduced one', async () => {
    const halvings = new Set<number>();
    for (let step = 10; step < 18; step++) {
      const { who, looks } = await unsupervisedOf(step);
      expect(who).toEqual(['teacher', 'student', 'student']);
      expect(looks.map(({ brightness }) => brightness)).toEqual([40, 200, 200]);
      const reduced = 2 ** (1 + randomStream(run.seed, 'shift', step).integer(2));
      expect(looks.map((look) => look.reduced)).toEqual([1, 1, reduced]);
      halvings.add(reduced);
    }
    expect(halvings.size).toBe(2);
  });

  test('without unlabeled views there are only labels', () => {
    const context = { config, run, step: 3, unlabeled: undefined } as Parameters<typeof sed.parts>[0];
    expect(sed.parts(context).map(({ name }) => name)).toEqual(['supervised']);
  });
});
