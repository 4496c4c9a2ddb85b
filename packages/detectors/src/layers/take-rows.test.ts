import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, onEveryBackend } from '@sed/testing';
import { takeRows } from './take-rows.ts';

onEveryBackend('takeRows', () => {
  test('takes rows, and gives their gradient back to them alone', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const rows = Int32Array.of(3, 1);
    const y = expectNoLeak(() => takeRows(x, rows));
    expect([...y.dataSync()]).toEqual([7, 8, 3, 4]);
    const gradient = tf.grad((v) => takeRows(v as tf.Tensor2D, rows));
    const dy = tf.tensor2d([10, 20, 30, 40], [2, 2]);
    const dx = expectNoLeak(() => gradient(x, dy));
    expect([...dx.dataSync()]).toEqual([0, 0, 30, 40, 0, 0, 10, 20]);
    tf.dispose([x, y, dy, dx]);
  });

  test('no rows', () => {
    const x = tf.tensor2d([1, 2], [1, 2]);
    const y = expectNoLeak(() => takeRows(x, new Int32Array(0)));
    expect(y.shape).toEqual([0, 2]);
    const dx = expectNoLeak(() => tf.grad((v) => takeRows(v as tf.Tensor2D, new Int32Array(0)))(x));
    expect([...dx.dataSync()]).toEqual([0, 0]);
    tf.dispose([x, y, dx]);
  });
});
