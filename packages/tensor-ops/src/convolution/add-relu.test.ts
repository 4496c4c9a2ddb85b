import * as tf from '@tensorflow/tfjs';
import type { Tensor } from '@tensorflow/tfjs';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { addRelu, relu } from './add-relu.ts';

onEveryBackend('addRelu', () => {
  const random = (name: string, shape: number[]): Tensor => {
    const { normal } = draws(name);
    return tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal), shape);
  };

  test.each([[[1, 3, 4, 2]], [[2, 33, 31, 17]]])('%j: it and its gradient are those of add and relu', (shape) => {
    const [a, b, dy] = [random('a', shape), random('b', shape), random('dy', shape)];
    const ours = expectNoLeak(() => tf.valueAndGrads((x: Tensor, y: Tensor) => addRelu(x, y))([a, b], dy), 3);
    const stock = tf.valueAndGrads((x: Tensor, y: Tensor) => tf.relu(tf.add(x, y)))([a, b], dy);
    expectClose(ours.value.dataSync(), stock.value.dataSync());
    ours.grads.forEach((grad, i) => expectClose(grad.dataSync(), stock.grads[i]!.dataSync()));
    // the shortcut uses its input twice, which makes the engine add two gradients
    const twice = tf.grad((x: Tensor) => addRelu(tf.mul(x, 2), x))(a, dy);
    const expected = tf.grad((x: Tensor) => tf.relu(tf.mul(x, 3)))(a, dy);
    expectClose(twice.dataSync(), expected.dataSync());
    tf.dispose([a, b, dy, ours, stock, twice, expected]);
  });

  test("relu and its gradient are tfjs's", () => {
    const [x, dy] = [random('x', [3, 5, 7]), random('dy', [3, 5, 7])];
    const ours = expectNoLeak(() => tf.valueAndGrad((t: Tensor) => relu(t))(x, dy), 2);
    const stock = tf.valueAndGrad((t: Tensor) => tf.relu(t))(x, dy);
    expectClose(ours.value.dataSync(), stock.value.dataSync());
    expectClose(ours.grad.dataSync(), stock.grad.dataSync());
    tf.dispose([x, dy, ours, stock]);
  });

  test('what is not a number stays so', () => {
    const [a, b] = [tf.tensor1d([NaN, -1, 2]), tf.tensor1d([1, -1, 1])];
    const y = addRelu(a, b);
    expect(Array.from(y.dataSync())).toEqual([NaN, 0, 3]);
    tf.dispose([a, b, y]);
  });

  test('shapes that differ', () => {
    const [a, b] = [tf.zeros([2, 3]), tf.zeros([3])];
    expect(() => addRelu(a, b)).toThrow(/shapes \[2,3\] and \[3\] must be the same/);
    tf.dispose([a, b]);
  });
});
