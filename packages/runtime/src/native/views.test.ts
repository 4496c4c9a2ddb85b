import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, onEveryBackend } from '@sed/testing';

const buffers = () => tf.memory().numDataBuffers;

onEveryBackend(
  'reshape and cast without a change',
  () => {
    test('share the data, which stays until the last is gone', () => {
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      const before = buffers();
      const [same, cast] = [tf.reshape(x, [2, -1]), tf.cast(x, 'float32')];
      expect(buffers()).toBe(before);
      x.dispose();
      expect(Array.from(same.dataSync())).toEqual([1, 2, 3, 4]);
      same.dispose();
      expect(cast.shape).toEqual([2, 2]);
      expect(Array.from(cast.dataSync())).toEqual([1, 2, 3, 4]);
      cast.dispose();
      expect(buffers()).toBe(before - 1);
    });

    test('with a change they are as before', () => {
      const x = tf.tensor2d([1, 0, 3, 4], [2, 2]);
      const [row, bool] = [tf.reshape(x, [4]), tf.cast(x, 'bool')];
      expect(row.shape).toEqual([4]);
      expect([bool.dtype, Array.from(bool.dataSync())]).toEqual(['bool', [1, 0, 1, 1]]);
      tf.dispose([x, row, bool]);
    });

    test('gradients of sums and products, in and out of a broadcast', () => {
      const [a, b] = [tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor1d([5, 6])];
      const gradients = expectNoLeak(
        () => tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.add(tf.mul(x, y), x))([a, b]),
        2,
      );
      expect(gradients.map((g) => Array.from(g.dataSync()))).toEqual([
        [6, 7, 6, 7],
        [4, 6],
      ]);
      tf.dispose([a, b, gradients]);
    });
  },
  ['tensorflow'],
);
