/**
 * Our depthwise kernels against the composition of tfjs's ops on its cpu backend (which has PyTorch's numbers in
 * @sed/tensor-ops).
 */
import * as tf from '@tensorflow/tfjs';
import * as sed from '@sed/tensor-ops';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { registerNativeKernels } from './register.ts';

interface Case {
  x: [number, number, number, number];
  kernel: [number, number];
  strides: [number, number];
  padding: [number, number, number, number];
  activation: 'none' | 'relu' | 'relu6';
}

/** Channels below, at and above a vector and a piece of work (16 and 64), and what the borders can do. */
const cases: Case[] = [
  {
    x: [2, 5, 9, 130],
    kernel: [5, 5],
    strides: [1, 1],
    padding: [2, 2, 2, 2],
    activation: 'relu6',
  },
  {
    x: [1, 6, 6, 72],
    kernel: [5, 5],
    strides: [1, 1],
    padding: [2, 2, 2, 2],
    activation: 'none',
  },
  {
    x: [2, 9, 11, 64],
    kernel: [3, 3],
    strides: [2, 2],
    padding: [0, 1, 0, 1],
    activation: 'relu6',
  },
  {
    x: [1, 11, 12, 70],
    kernel: [5, 5],
    strides: [2, 2],
    padding: [1, 2, 1, 2],
    activation: 'relu',
  },
  {
    x: [1, 40, 9, 16],
    kernel: [3, 3],
    strides: [1, 1],
    padding: [1, 1, 1, 1],
    activation: 'relu',
  },
  {
    x: [2, 1, 1, 17],
    kernel: [3, 3],
    strides: [1, 1],
    padding: [1, 1, 1, 1],
    activation: 'none',
  },
  {
    x: [1, 9, 10, 33],
    kernel: [2, 4],
    strides: [3, 1],
    padding: [0, 3, 4, 0],
    activation: 'relu',
  },
  {
    x: [1, 10, 23, 5],
    kernel: [1, 9],
    strides: [1, 2],
    padding: [0, 0, 6, 3],
    activation: 'none',
  },
  {
    x: [2, 8, 9, 3],
    kernel: [3, 3],
    strides: [4, 5],
    padding: [0, 0, 0, 0],
    activation: 'none',
  },
];

function outcome(c: Case): Float32Array[] {
  const stream = draws(`depthwise ${JSON.stringify(c)}`);
  const random = (shape: number[], factor = 1): tf.Tensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => factor * stream.normal()),
      shape,
    );
  const channels = c.x[3];
  const inputs = [random(c.x), random([...c.kernel, channels, 1]), random([channels]), random([channels])];
  const { strides, padding, activation } = c;
  const f = (x: tf.Tensor, filter: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
    sed.depthwiseConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, {
      ...{ strides, padding, activation },
      scale: scale as tf.Tensor1D,
      bias: bias as tf.Tensor1D,
    });
  const y = expectNoLeak(() => f(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor])));
  const dy = random(y.shape);
  const gradients = expectNoLeak(() => tf.grads(f)(inputs, dy), 4);
  const found = [y, ...gradients].map((tensor) => tensor.dataSync<'float32'>().slice());
  tf.dispose([inputs, y, dy, gradients]);
  return found;
}

onEveryBackend(
  'our depthwise kernels',
  (backend) => {
    test.each(cases)('$x, $kernel, strides $strides: values and gradients', async (c) => {
      await tf.setBackend('cpu');
      const expected = outcome(c);
      await tf.setBackend(backend);
      registerNativeKernels();
      const actual = outcome(c);
      actual.forEach((values, i) => expectClose(values, expected[i]!, { relative: 2e-5, absolute: 1e-4 }));
      // The same bytes again: the order of every sum is fixed.
      expect(outcome(c)).toEqual(actual);
    });
  },
  ['tensorflow'],
);
