import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from './index.ts';

onEveryBackend('onEveryBackend', (backend) => {
  test('runs on the backend it names', () => {
    expect(tf.getBackend()).toBe(backend);
    const y = expectNoLeak(() => tf.tidy(() => tf.add(tf.tensor1d([1, 2]), 1)));
    expectClose(y.dataSync(), [2, 3]);
    y.dispose();
  });
});

test('expectNoLeak fails on a leak', () => {
  expect(() => expectNoLeak(() => [tf.scalar(1), tf.scalar(2)])).toThrow();
});

test('expectClose names the worst value', () => {
  expect(() => expectClose([1, 2, 4], [1, 2, 3])).toThrow(/value 2 of 3 is 4, expected 3/);
  expect(() => expectClose([NaN], [1])).toThrow();
  expect(() => expectClose([1], [1, 2])).toThrow();
});
