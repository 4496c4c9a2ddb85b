import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { generalizedIou } from './generalized-iou.ts';

type Field = 'a' | 'b' | 'all' | 'x' | 'y' | 'weight' | 'value' | 'dx' | 'dy';
const { generalizedIou: golden } = JSON.parse(
  readFileSync(new URL('../fixtures/tensor-ops.json', import.meta.url), 'utf8'),
) as { generalizedIou: Record<Field, number[]> };
const close = { relative: 2e-6, absolute: 1e-6 };

onEveryBackend('generalizedIou', () => {
  test('values and gradients of torchvision', () => {
    const [x, y] = [tf.tensor2d(golden.x, [5, 4]), tf.tensor2d(golden.y, [5, 4])];
    const weight = tf.tensor1d(golden.weight);
    const value = expectNoLeak(() => generalizedIou(x, y));
    expectClose(value.dataSync(), golden.value, close);
    const [dx, dy] = expectNoLeak(() => tf.grads(generalizedIou)([x, y], weight), 2);
    expectClose(dx!.dataSync(), golden.dx, { relative: 1e-5, absolute: 1e-6 });
    expectClose(dy!.dataSync(), golden.dy, { relative: 1e-5, absolute: 1e-6 });
    tf.dispose([x, y, weight, value, dx!, dy!]);
  });
  test('broadcasts to all pairs', () => {
    const [a, b] = [tf.tensor(golden.a, [7, 1, 4]), tf.tensor(golden.b, [1, 5, 4])];
    const value = expectNoLeak(() => generalizedIou(a, b));
    expect(value.shape).toEqual([7, 5]);
    expectClose(value.dataSync(), golden.all, close);
    tf.dispose([a, b, value]);
  });
  test('points give finite values and gradients', () => {
    const point = tf.tensor2d([[1, 1, 1, 1]]);
    const gradients = tf.grads(generalizedIou)([point, point]);
    for (const gradient of gradients) expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
    tf.dispose([point, gradients]);
  });
});
