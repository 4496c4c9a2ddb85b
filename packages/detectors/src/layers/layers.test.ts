import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { uniform } from '../testing/hashed.ts';
import { samePadding, symmetricPadding } from './convolve.ts';
import { withoutGradient } from './frozen.ts';
import { upsampleTo } from './upsample.ts';

const random = (name: string, shape: [number, number, number, number]): tf.Tensor4D =>
  tf.tensor4d(
    Float32Array.from(
      uniform(
        name,
        shape.reduce((a, b) => a * b),
      ),
    ),
    shape,
  );

onEveryBackend('layers', () => {
  test.each([
    [4, 6],
    [3, 5],
    [1, 1],
  ])('upsampleTo %d x %d repeats each pixel and adds up the gradient', (height, width) => {
    const shape: [number, number, number, number] = [2, Math.ceil(height / 2), Math.ceil(width / 2), 3];
    const x = random('x', shape);
    const dy = random('dy', [2, height, width, 3]);
    const y = expectNoLeak(() => upsampleTo(x, height, width));
    const { value, grad } = expectNoLeak(
      () => tf.valueAndGrad((t: tf.Tensor) => upsampleTo(t as tf.Tensor4D, height, width))(x, dy),
      2,
    );
    const expected: number[] = [];
    const gradient = new Array<number>(x.size).fill(0);
    const values = x.dataSync();
    const upstream = dy.dataSync();
    for (let b = 0; b < 2; b++) {
      for (let i = 0; i < height; i++) {
        for (let j = 0; j < width; j++) {
          for (let c = 0; c < 3; c++) {
            const from = ((b * shape[1] + (i >> 1)) * shape[2] + (j >> 1)) * 3 + c;
            gradient[from]! += upstream[expected.length]!;
            expected.push(values[from]!);
          }
        }
      }
    }
    expectClose(y.dataSync(), expected);
    expectClose(value.dataSync(), expected);
    expectClose(grad.dataSync(), gradient);
    expect(() => upsampleTo(x, height + 4, width)).toThrow(/must be half of it/);
    tf.dispose([x, dy, y, value, grad]);
  });

  test('withoutGradient: the same value, no gradient, no trace', () => {
    const x = random('x', [1, 2, 2, 1]);
    const weight = tf.variable(tf.scalar(3));
    const body = (t: tf.Tensor4D): tf.Tensor4D => tf.mul(tf.square(t), weight);
    const value = expectNoLeak(() => withoutGradient(body, x));
    const plain = body(x);
    expectClose(value.dataSync(), plain.dataSync());
    const result = tf.variableGrads(
      () => tf.add<tf.Scalar>(tf.sum(withoutGradient(body, x)), tf.square(weight)),
      [weight],
    );
    expectClose(result.grads[weight.name]!.dataSync(), [6]);
    tf.dispose([x, value, plain, weight, result.value, result.grads]);
  });
});

test('paddings: torch’s on both sides, TensorFlow’s odd pixel at the end', () => {
  expect(symmetricPadding(7)).toEqual([3, 3, 3, 3]);
  expect(samePadding(3, 2)).toEqual([0, 1, 0, 1]);
  expect(samePadding(5, 2)).toEqual([1, 2, 1, 2]);
  expect(samePadding(5, 1)).toEqual([2, 2, 2, 2]);
  expect(samePadding(1, 1)).toEqual([0, 0, 0, 0]);
});
