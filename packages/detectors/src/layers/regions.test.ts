/** The layers that Faster R-CNN adds, against stock ops. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { uniform } from '../testing/hashed.ts';
import { tensorFromTorch, tensorToTorch } from '../weights/layout.ts';
import { linearParameters, specOf } from './definition.ts';
import { linear } from './linear.ts';
import { subsample } from './subsample.ts';

const tensor = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(Float32Array.from(uniform(name, tf.util.sizeFromShape(shape))), shape);

onEveryBackend('layers of regions', () => {
  test.each([
    [4, 6],
    [5, 3],
    [1, 1],
  ])('subsample %i x %i: every second row and column; its gradient fills the rest with zeros', (height, width) => {
    const x = tensor('x', [2, height, width, 3]) as tf.Tensor4D;
    const dy = tensor('dy', [2, Math.ceil(height / 2), Math.ceil(width / 2), 3]);
    const y = expectNoLeak(() => subsample(x));
    const [values, found] = [x.arraySync(), y.arraySync()];
    found.forEach((image, b) =>
      image.forEach((row, i) => row.forEach((cell, j) => expect(cell).toEqual(values[b]![2 * i]![2 * j]))),
    );
    const dx = expectNoLeak(() => tf.grad((t: tf.Tensor) => subsample(t as tf.Tensor4D))(x, dy));
    const [gradient, upstream] = [dx.arraySync() as number[][][][], dy.arraySync() as number[][][][]];
    gradient.forEach((image, b) =>
      image.forEach((row, i) =>
        row.forEach((cell, j) => {
          const taken = i % 2 === 0 && j % 2 === 0;
          expect(cell).toEqual(taken ? upstream[b]![i / 2]![j / 2] : [0, 0, 0]);
        }),
      ),
    );
    tf.dispose([x, y, dy, dx]);
  });

  test('linear: product, bias, ReLU, and all gradients', () => {
    const [x, w, b] = [tensor('x', [5, 4]), tensor('w', [4, 3]), tensor('b', [3])] as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor1D,
    ];
    const ours = (...[t, u, v]: tf.Tensor[]): tf.Tensor =>
      linear(new Map([['l.weight', u!], ['l.bias', v!]]), 'l', t as tf.Tensor2D, 'relu'); // prettier-ignore
    const stock = (...[t, u, v]: tf.Tensor[]): tf.Tensor =>
      tf.relu(tf.add(tf.matMul(t as tf.Tensor2D, u as tf.Tensor2D), v!));
    const y = expectNoLeak(() => tf.tidy(() => ours(x, w, b)));
    const expected = tf.tidy(() => stock(x, w, b));
    expectClose(y.dataSync(), expected.dataSync());
    const dy = tensor('dy', [5, 3]);
    const [found, wanted] = [tf.grads(ours)([x, w, b], dy), tf.grads(stock)([x, w, b], dy)];
    found.forEach((g, i) => expectClose(g.dataSync(), wanted[i]!.dataSync()));
    tf.dispose([x, w, b, y, expected, dy, ...found, ...wanted]);
  });

  test('torch’s orders: a flattened grid is C h w there, background is first there; both ways', () => {
    const zero = { kind: 'constant', value: 0 } as const;
    const grid = linearParameters('fc6', { inputs: 12, outputs: 1 }, zero, zero, {
      kind: 'channels-first',
      height: 2,
      width: 3,
    }).map(specOf);
    // two channels of 2 x 3: value = 100 c + 10 y + x
    const inTorch = [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112];
    const weight = expectNoLeak(() => tensorFromTorch({ shape: [1, 12], data: Float32Array.from(inTorch) }, grid[0]!));
    expect([...weight.dataSync()]).toEqual([0, 100, 1, 101, 2, 102, 10, 110, 11, 111, 12, 112]);
    expect([...expectNoLeak(() => tensorToTorch(weight, grid[0]!), 0).data]).toEqual(inTorch);
    expect(grid[1]!.torchOrder).toBeUndefined();

    const classes = linearParameters('bbox_pred', { inputs: 1, outputs: 6 }, zero, zero, {
      kind: 'background-first',
      values: 2,
    }).map(specOf);
    const first = Float32Array.of(90, 91, 10, 11, 20, 21);
    const shapes = [[6, 1], [6]];
    classes.forEach((spec, i) => {
      const value = expectNoLeak(() => tensorFromTorch({ shape: shapes[i]!, data: first }, spec));
      expect([...value.dataSync()]).toEqual([10, 11, 20, 21, 90, 91]);
      expect(tensorToTorch(value, spec).data).toEqual(first);
      value.dispose();
    });
    weight.dispose();
  });
});
