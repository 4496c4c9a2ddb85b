import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { registerSumGradient } from './sum-gradient.ts';
import type { TensorBinding } from './constants.ts';

onEveryBackend('gradient of sum', (backend) => {
  test.each([
    ['all', undefined, [2, 3, 4]],
    ['the last axis', -1, [2, 3, 4]],
    ['two axes', [0, 2], [2, 3, 4]],
    ['a scalar', undefined, []],
    ['nothing', undefined, [0, 3]],
  ] as const)('over %s', async (_name, axis, shape) => {
    await tf.setBackend(backend);
    registerSumGradient();
    const axes = typeof axis === 'object' ? [...axis] : axis;
    const x = tf.randomNormal([...shape], 0, 1, 'float32', 3);
    const weight = tf.tidy(() => {
      const sum = tf.sum(x, axes, false);
      return tf.add(tf.reshape(tf.range(0, sum.size), sum.shape), 2);
    });
    // d/dx Σ w · sum(x) is w along the axes that were summed.
    const actual = expectNoLeak(() => tf.tidy(() => tf.grad((v) => tf.sum(tf.mul(tf.sum(v, axes, false), weight)))(x)));
    const expected = tf.tidy(() => {
      const kept = tf.sum(x, axes, true).shape;
      return tf.add(tf.zeros([...shape]), tf.reshape(weight, kept));
    });
    expect(actual.shape).toEqual([...shape]);
    expectClose(actual.dataSync(), expected.dataSync(), { relative: 0, absolute: 0 });
    tf.dispose([x, weight, actual, expected]);
  });
});

onEveryBackend(
  'gradient of sum, on TensorFlow',
  (backend) => {
    test('copies no ones from the host', async () => {
      await tf.setBackend(backend);
      registerSumGradient();
      const tensorflow = tf.backend() as unknown as { binding: TensorBinding };
      const { binding } = tensorflow;
      const names = Object.getOwnPropertyNames(binding) as (keyof TensorBinding)[];
      let copied = 0;
      const createTensor: TensorBinding['createTensor'] = (shape, dtype, values) => {
        copied += values.length;
        return binding.createTensor(shape, dtype, values);
      };
      const x = tf.ones([300, 200]);
      x.dataSync();
      tf.neg(x).dispose();
      tensorflow.binding = { ...Object.fromEntries(names.map((name) => [name, binding[name]])), createTensor } as never;
      try {
        tf.dispose(tf.grad((v) => tf.sum(tf.sum(v, 1)))(x));
      } finally {
        tensorflow.binding = binding;
        x.dispose();
      }
      expect(copied).toBeGreaterThan(0);
      expect(copied).toBeLessThan(100);
    });
  },
  ['tensorflow'],
);
