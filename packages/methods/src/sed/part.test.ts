/** What a golden of numbers does not show of distillation: who looks at which views, and where. */
import type { View } from '@sed/augment';
import type { Detector, Parameters } from '@sed/detectors';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { differentiate } from '../differentiate.ts';
import { scoped } from '../scoped.ts';
import { sedPart } from './part.ts';
import type { SedConfig } from './schema.ts';

const SIDE = 4;
/** Pixels are as bright as their bytes say. */
const LEVELS = [1 / 255, 1 / 255, 1 / 255] as const;
const view = (value: number): View => ({
  pixels: new Uint8Array(SIDE * SIDE * 3).fill(value),
  width: SIDE,
  height: SIDE,
  boxes: new Float32Array(0),
  labels: new Int32Array(0),
  geometry: [1, 0, 0, 0, 1, 0],
});
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

interface Look {
  readonly with: Parameters;
  readonly side: number;
  readonly value: number;
  readonly recorded: boolean;
}
interface Seen {
  readonly logits: tf.Tensor2D;
  readonly deltas: tf.Tensor2D;
}

/** One row an image, w times its mean; tells who looked at what. */
function looking(looks: Look[]): Detector {
  const pair = (a: Seen, b: Seen) => [{ name: 'dense', activation: 'sigmoid', a, b }];
  return {
    pairs: [{ name: 'dense', activation: 'sigmoid', classified: true }],
    forward(parameters: Parameters, { pixels }: { pixels: tf.Tensor4D }): Seen {
      const value = Math.round(tf.mean(pixels).dataSync()[0]!);
      looks.push({ with: parameters, side: pixels.shape[1], value, recorded: tf.engine().state.gradientDepth > 0 });
      const w = parameters.get('w') as tf.Tensor1D;
      const row = tf.reshape(tf.mul(w, tf.mean(pixels)), [1, 1]) as tf.Tensor2D;
      return { logits: row, deltas: tf.tile(row, [1, 4]) };
    },
    distillationPairs: pair,
    scalePairs: pair,
  } as unknown as Detector;
}

onEveryBackend('the part of SED', () => {
  test('the teacher sees the weak view before anything is recorded, the student the strong one and its half', () => {
    const looks: Look[] = [];
    const student = new Map([['w', tf.variable(tf.tensor1d([0.01]))]]);
    const teacher = new Map([['w', tf.variable(tf.tensor1d([0.02]), false)]]);
    const part = sedPart(
      { config, detector: looking(looks), batching: { multiple: 1, mean: [0, 0, 0], std: LEVELS }, measuring: false },
      { weak: [view(40)], strong: [view(200)] },
      { network: 'student', teacher, weight: 1, shift: 1 },
    );
    const { gradients, losses, measured } = scoped(() => {
      const compute = part.prepare() as Exclude<ReturnType<typeof part.prepare>, Promise<unknown>>;
      return differentiate(student, () => compute(student));
    });
    expect(looks.map(({ with: parameters, ...look }) => ({ ...look, teacher: parameters === teacher }))).toEqual([
      { teacher: true, side: SIDE, value: 40, recorded: false },
      { teacher: false, side: SIDE, value: 200, recorded: true },
      { teacher: false, side: SIDE / 2, value: 200, recorded: true },
    ]);
    expect([...gradients.keys()]).toEqual(['w']);
    const kept = [...gradients.values(), ...losses.values(), ...[...measured.values()].map(({ value }) => value)];
    tf.dispose([kept, ...student.values(), ...teacher.values()]);
  });
});
