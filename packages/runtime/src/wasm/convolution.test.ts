/** The convolutions in wasm's memory against tensor-ops' own on the cpu backend, which is checked against torch. */
import * as tf from '@tensorflow/tfjs';
import { convolution, type Padding } from '@sed/tensor-ops';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { prepareBackend } from '../prepare.ts';

type Case = [
  inputs: number,
  outputs: number,
  kernel: [number, number],
  strides: [number, number],
  padding: Padding,
  extra: 'scale and bias' | 'bias' | 'nothing',
  activation: 'none' | 'relu' | 'relu6',
];

onEveryBackend(
  'convolution in wasm memory',
  (backend) => {
    test.each<Case>([
      [24, 20, [3, 3], [1, 1], [1, 1, 1, 1], 'bias', 'relu'],
      [24, 44, [1, 1], [1, 1], [0, 0, 0, 0], 'bias', 'relu6'],
      [25, 16, [1, 1], [1, 1], [0, 0, 0, 0], 'scale and bias', 'none'],
      [24, 12, [1, 1], [2, 2], [0, 0, 0, 0], 'nothing', 'relu'],
      [26, 8, [1, 1], [1, 1], [1, 0, 0, 2], 'bias', 'none'],
      [24, 16, [3, 3], [2, 2], [1, 1, 1, 1], 'scale and bias', 'relu'],
      [24, 16, [2, 5], [1, 3], [0, 1, 4, 2], 'nothing', 'none'],
      [24, 8, [3, 3], [3, 2], [0, 2, 1, 0], 'bias', 'relu6'],
      [27, 40, [5, 3], [1, 1], [4, 4, 2, 2], 'nothing', 'none'],
      // XNNPACK's, with our gradients: outputs that are no whole vectors, few inputs
      [24, 27, [3, 3], [1, 1], [1, 1, 1, 1], 'bias', 'relu'],
      [3, 9, [3, 3], [2, 2], [0, 1, 0, 1], 'scale and bias', 'relu6'],
    ])(
      '%i to %i channels, kernel %j, strides %j, padding %j, %s, %s',
      async (inputs, outputs, kernel, strides, padding, extra, activation) => {
        const tensor = (name: string, shape: number[]): tf.Tensor =>
          tf.tensor(
            Float32Array.from(uniform(name, tf.util.sizeFromShape(shape)), (u) => u - 0.4),
            shape,
          );
        const run = async (name: string): Promise<Float32Array[]> => {
          await prepareBackend({ backend: name as 'wasm' });
          const given = [tensor('x', [2, 11, 13, inputs]), tensor('filter', [...kernel, inputs, outputs])];
          if (extra !== 'nothing') given.push(tensor('bias', [outputs]));
          if (extra === 'scale and bias') given.push(tensor('scale', [outputs]));
          const f = (...[x, filter, bias, scale]: tf.Tensor[]): tf.Tensor =>
            convolution(x as tf.Tensor4D, filter as tf.Tensor4D, {
              ...(bias ? { bias: bias as tf.Tensor1D } : {}),
              ...(scale ? { scale: scale as tf.Tensor1D } : {}),
              strides,
              padding,
              activation,
            });
          const y = expectNoLeak(() => f(...given));
          const dy = tensor('dy', y.shape);
          const gradients = expectNoLeak(() => tf.grads(f)(given, dy), given.length);
          const values = [y, ...gradients].map((t) => Float32Array.from(t.dataSync()));
          tf.dispose([...given, y, dy, ...gradients]);
          return values;
        };
        const expected = await run('cpu');
        const found = await run(backend);
        found.forEach((values, i) => expectClose(values, expected[i]!, { relative: 1e-5, absolute: 2e-5 }));
      },
    );
  },
  ['wasm'],
);
