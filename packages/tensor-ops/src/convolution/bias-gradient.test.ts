import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { runKernel } from '../kernel.ts';
import { biasActivationGradientKernel, biasGradientKernel } from './activation-kernels.ts';

onEveryBackend('gradients of bias and activation', () => {
  const random = (name: string, shape: number[]): Tensor => {
    const { normal } = draws(name);
    return tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 4 * normal()),
      shape,
    );
  };

  // Few and many rows, channels below and above what a vector holds, and sizes that parts do not divide.
  test.each([[[2, 3, 5, 7]], [[1, 1, 1, 1]], [[1, 47, 43, 19]], [[3, 7, 11, 130]]])('%j', (shape) => {
    const [dy, z] = [random('dy', shape), random('z', shape)];
    for (const activation of ['relu', 'relu6'] as const) {
      const y = activation === 'relu' ? tf.relu(z) : tf.relu6(z);
      const run = () => runKernel(biasActivationGradientKernel, { dy, y }, { activation });
      const [dz, dbias] = expectNoLeak(run, 2);
      const expected = tf.tidy(() => {
        const open = tf.logicalAnd(tf.greater(z, 0), activation === 'relu' ? true : tf.less(z, 6));
        return tf.mul(dy, tf.cast(open, 'float32'));
      });
      const sums = tf.tidy(() => tf.sum(expected, [0, 1, 2]));
      expectClose(dz.dataSync(), expected.dataSync());
      expect(dbias.shape).toEqual([shape[3]!]);
      expectClose(dbias.dataSync(), sums.dataSync(), { relative: 1e-5, absolute: 1e-3 });
      const alone = expectNoLeak(() => runKernel(biasGradientKernel, { dy: dz }, {}));
      expectClose(alone.dataSync(), sums.dataSync(), { relative: 1e-5, absolute: 1e-3 });
      const again = run(); // the same bytes
      expect(again.map((t) => t.dataSync())).toEqual([dz, dbias].map((t) => t.dataSync()));
      tf.dispose([y, dz, dbias, expected, sums, alone, ...again]);
    }
    tf.dispose([dy, z]);
  });
});
