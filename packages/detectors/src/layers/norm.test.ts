import { variableGradients } from '@sed/tensor-ops';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor4D, Variable } from '@tensorflow/tfjs';
import { uniform } from '../testing/hashed.ts';
import type { Parameters } from '../types.ts';
import { convolveNorm, depthwiseNorm, symmetricPadding } from './convolve.ts';
import { withFoldedNorms } from './norm.ts';

const values = (name: string, size: number, low = -1): Float32Array =>
  Float32Array.from(uniform(name, size), (v) => low + (1 - low) * v);

/** Two layers with norms. @param trainedNorm whether γ and β are trained */
function model(trainedNorm: boolean): { parameters: Map<string, Variable>; trained: Variable[] } {
  const parameters = new Map<string, Variable>();
  const add = (name: string, shape: number[], trained: boolean, low = -1): void => {
    const size = shape.reduce((a, b) => a * b, 1);
    parameters.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values(name, size, low), shape), trained)),
    );
  };
  add('a.weight', [3, 3, 2, 4], true);
  add('b.weight', [3, 3, 4, 1], true);
  for (const norm of ['an', 'bn']) {
    add(`${norm}.weight`, [4], trainedNorm);
    add(`${norm}.bias`, [4], trainedNorm);
    add(`${norm}.running_mean`, [4], false);
    add(`${norm}.running_var`, [4], false, 0.1);
  }
  return { parameters, trained: [...parameters.values()].filter((v) => v.trainable) };
}

function forward(parameters: Parameters, x: Tensor4D): Tensor {
  return tf.tidy(() => {
    const options = { padding: symmetricPadding(3), activation: 'relu6' } as const;
    const y = convolveNorm(parameters, 'a', 'an', 0.01, x, options);
    return depthwiseNorm(parameters, 'b', 'bn', 0.01, y, { padding: symmetricPadding(3) });
  });
}

onEveryBackend('norms folded once for several passes', () => {
  test.each([true, false])('the same losses and gradients, trained norms %s', (trainedNorm) => {
    const { parameters, trained } = model(trainedNorm);
    const xs = [6, 3].map((side) => tf.tensor4d(values(`x${side}`, side * side * 2), [1, side, side, 2]));
    const loss = (given: Parameters): tf.Scalar =>
      xs.map((x) => tf.sum(tf.square(forward(given, x)))).reduce((a, b) => tf.add(a, b)) as tf.Scalar;
    const kept = trained.length + 1;
    const flat = ({ value, gradients }: ReturnType<typeof variableGradients>): Tensor[] => [
      value,
      ...(gradients as Tensor[]),
    ];
    const apart = expectNoLeak(() => flat(variableGradients(() => loss(parameters), trained)), kept);
    const shared = expectNoLeak(() => flat(variableGradients(() => withFoldedNorms(parameters, loss), trained)), kept);
    expect(trained.length).toBe(trainedNorm ? 6 : 2);
    shared.forEach((tensor, i) =>
      expectClose(tensor.dataSync(), apart[i]!.dataSync(), { relative: 1e-5, absolute: 1e-4 }),
    );
    tf.dispose([xs, apart, shared, ...parameters.values()]);
  });

  test('each norm is folded once inside, and anew after a change outside', async () => {
    const { parameters } = model(true);
    const x = tf.tensor4d(values('x', 18), [1, 3, 3, 2]);
    const profile = await tf.profile(() =>
      withFoldedNorms(parameters, (same) => [forward(same, x), forward(same, x), forward(same, x)]),
    );
    expect(profile.kernels.filter(({ name }) => name === 'SedFoldNorm')).toHaveLength(2);
    const before = forward(parameters, x);
    const gamma = parameters.get('bn.weight')!;
    tf.tidy(() => gamma.assign(tf.mul(gamma, 0)));
    const after = forward(parameters, x);
    expect(Array.from(after.dataSync())).not.toEqual(Array.from(before.dataSync()));
    tf.dispose([x, before, after, profile.result, ...parameters.values()]);
  });

  test('nothing is left when the body fails', () => {
    const { parameters } = model(false);
    const x = tf.tensor4d(values('x', 18), [1, 3, 3, 2]);
    expectNoLeak(
      () =>
        expect(() =>
          tf.tidy(() =>
            withFoldedNorms(parameters, (same) => {
              forward(same, x);
              throw new Error('stop');
            }),
          ),
        ).toThrow('stop'),
      0,
    );
    tf.dispose([x, ...parameters.values()]);
  });
});
