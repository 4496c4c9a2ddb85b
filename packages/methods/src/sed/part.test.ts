/** What a golden of numbers does not show of distillation: who looks at which views, and where. */
import { randomStream } from '@sed/geometry';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { differentiate } from '../differentiate.ts';
import { scoped } from '../scoped.ts';
import { brightView, LEVELS, lookingDetector, type Look } from '../testing/looking-detector.ts';
import { sedPart } from './part.ts';
import type { SedConfig } from './schema.ts';

const config: SedConfig = {
  kind: 'sed',
  burnIn: 0,
  lambdaScale: 1,
  lambdaDistill: 1,
  maxShift: 1,
  weighting: { kind: 'uniform' },
  alpha: { kind: 'constant', value: 0.9 },
  classificationWeight: 1,
  regressionWeight: 1,
  regression: 'mean',
  ramp: 0,
};

onEveryBackend('the part of SED', () => {
  test('the teacher sees the weak view before anything is recorded, the student the strong one and its half', () => {
    const looks: Look[] = [];
    const student = new Map([['w', tf.variable(tf.tensor1d([0.01]))]]);
    const teacher = new Map([['w', tf.variable(tf.tensor1d([0.02]), false)]]);
    const part = sedPart(
      {
        config,
        detector: lookingDetector(looks),
        batching: LEVELS,
        measuring: false,
        randomOfPart: (name) => randomStream(1, name),
      },
      { weak: [brightView(40)], strong: [brightView(200)] },
      { network: 'student', teacher, weight: 1, shift: 1 },
    );
    const { gradients, losses, measured } = scoped(() => {
      const compute = part.prepare() as Exclude<ReturnType<typeof part.prepare>, Promise<unknown>>;
      return differentiate(student, () => compute(student));
    });
    expect(looks.map(({ with: parameters, ...look }) => ({ ...look, teacher: parameters === teacher }))).toEqual([
      { teacher: true, reduced: 1, brightness: 40, recorded: false },
      { teacher: false, reduced: 1, brightness: 200, recorded: true },
      { teacher: false, reduced: 2, brightness: 200, recorded: true },
    ]);
    expect([...gradients.keys()]).toEqual(['w']);
    const kept = [...gradients.values(), ...losses.values(), ...[...measured.values()].map(({ value }) => value)];
    tf.dispose([kept, ...student.values(), ...teacher.values()]);
  });
});
