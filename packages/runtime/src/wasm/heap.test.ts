/** The kernels in wasm's memory against tfjs's own on the cpu backend. */
import * as tf from '@tensorflow/tfjs';
import * as sed from '@sed/tensor-ops';
import { expectClose, onEveryBackend } from '@sed/testing';
import { prepareBackend } from '../prepare.ts';

const ramp = (shape: number[], dtype: 'float32' | 'int32' | 'bool' = 'float32'): tf.Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: size }, (_, i) => ((i * 37) % 101) - 50);
  return tf.tensor(dtype === 'bool' ? numbers.map((n) => n > 0) : numbers, shape, dtype);
};

/** The same values, shapes and types on both, and nothing left behind. */
async function same(backend: string, op: () => tf.Tensor[]): Promise<void> {
  const run = async (name: string) => {
    await prepareBackend({ backend: name as 'wasm' });
    const before = tf.memory();
    const results = tf.tidy(op);
    const seen = results.map((t) => ({ shape: t.shape, dtype: t.dtype, values: Array.from(t.dataSync()) }));
    tf.dispose(results);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    return seen;
  };
  const expected = await run('cpu');
  const actual = await run(backend);
  expect(actual.length).toBe(expected.length);
  actual.forEach(({ shape, dtype, values }, i) => {
    expect({ shape, dtype }).toEqual({ shape: expected[i]!.shape, dtype: expected[i]!.dtype });
    if (values.length > 0) expectClose(values, expected[i]!.values, { relative: 1e-6, absolute: 1e-4 });
  });
}

onEveryBackend(
  'kernels in wasm memory',
  (backend) => {
    const boxes: [number[], number[], number[]][] = [
      [[7], [2], [4]],
      [
        [5, 6],
        [1, 0],
        [3, 6],
      ],
      [
        [5, 6],
        [0, 2],
        [5, 3],
      ],
      [
        [3, 4, 5],
        [1, 1, 2],
        [2, 3, 2],
      ],
      [
        [2, 5, 6, 40],
        [0, 1, 2, 0],
        [2, 3, 4, 40],
      ],
      [
        [2, 5, 6, 3],
        [1, 0, 2, 1],
        [1, 5, 3, 1],
      ],
      [
        [2, 2, 3, 2, 3],
        [0, 1, 1, 0, 1],
        [2, 1, 2, 2, 2],
      ],
      [
        [4, 3],
        [1, 0],
        [0, 3],
      ],
    ];
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      test.each(boxes)(`slice of [%j] at %j of %j, ${dtype}`, (shape, begin, size) =>
        same(backend, () => [tf.slice(ramp(shape, dtype), begin, size)]),
      );
    }

    test('split and unstack along every axis', () =>
      same(backend, () => [
        ...tf.split(ramp([4, 6, 2]), [1, 3], 0),
        ...tf.split(ramp([4, 6, 2]), 3, 1),
        ...tf.split(ramp([4, 6, 2]), [1, 1], -1),
        ...tf.split(ramp([9]), [2, 0, 7]),
        ...tf.unstack(ramp([3, 4]), 1),
      ]));

    test.each([[0], [1], [[0, 1]], [[1, 0]], [[1, 2]], [[0, 2]], [[2, 3]], [[0, 1, 2]], [[0, 1, 2, 3]], [-1]])(
      'sum over %j',
      (axes) =>
        same(backend, () => [
          tf.sum(ramp([2, 3, 4, 5]), axes),
          tf.sum(ramp([2, 3, 4, 5]), axes, true),
          tf.sum(ramp([2, 3, 4, 5], 'int32'), axes),
          tf.sum(ramp([2, 3, 4, 5], 'bool'), axes),
          tf.sum(ramp([2, 3, 4, 4]), axes),
          tf.sum(ramp([2, 3, 4, 44]), axes, true),
        ]),
    );

    test.each([2, 4])('sum over rows of %i does not lose what single precision would', async (columns) => {
      await prepareBackend({ backend: backend as 'wasm' });
      const total = tf.tidy(() => tf.sum(tf.fill([2 ** 20, columns], 0.1), 0).dataSync());
      expect(total[0]! / (2 ** 20 * Math.fround(0.1))).toBeCloseTo(1, 7);
    });

    test.each([[[0, 1]], [0], [1], [[0, 2]], [[0, 1, 2, 3]]])('reverse of %j', (axes) =>
      same(backend, () => [tf.reverse(ramp([2, 3, 4, 5]), axes)]),
    );

    for (const activation of ['none', 'relu', 'relu6'] as const) {
      // 6 channels are no whole vectors, 24 are four and one and one
      test.each([
        [1, 1, 3, 6],
        [1, 1, 3, 24],
        [[1, 2], 2, 5, 6],
        [[2, 1], 2, 5, 24],
        [2, [1, 0, 2, 1], 3, 24],
        [3, [4, 4, 4, 4], 2, 4],
      ] as [number, number, number, number][])(
        `depthwise convolution and its gradients, stride %j, padding %j, kernel %i, %i channels, ${activation}`,
        (strides, padding, kernel, channels) =>
          same(backend, () => {
            const inputs = [
              tf.div(ramp([2, 9, 8, channels]), 20),
              tf.div(ramp([kernel, kernel, channels, 1]), 40),
              tf.div(ramp([channels]), 50),
              tf.div(ramp([channels]), 10),
            ];
            const f = (x: tf.Tensor, filter: tf.Tensor, scale: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
              sed.depthwiseConvolution(x as tf.Tensor4D, filter as tf.Tensor4D, {
                scale: scale as tf.Tensor1D,
                bias: bias as tf.Tensor1D,
                strides,
                padding,
                activation,
              });
            const y = f(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]));
            return [y, ...tf.grads(f)(inputs, tf.div(ramp(y.shape), 50))];
          }),
      );
    }
  },
  ['wasm'],
);
