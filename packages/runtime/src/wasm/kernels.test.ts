/** The composed kernels of wasm against tfjs's own on the cpu backend, and what a training step leaves behind. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, onEveryBackend } from '@sed/testing';
import { prepareBackend } from '../prepare.ts';

function values(shape: number[], seed: number): tf.Tensor {
  let state = (seed * 2654435761) >>> 0 || 1;
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state >>> 8) / 2 ** 23 - 1;
  }
  return tf.tensor(out, shape);
}

/** Runs `gradients` on both backends, checks equality and that nothing but the results stays. */
async function same(backend: string, gradients: () => tf.Tensor[]): Promise<void> {
  await tf.setBackend('cpu');
  const expected = tf.tidy(gradients).map((t) => [t.shape, Array.from(t.dataSync())] as const);
  await prepareBackend({ backend: backend as 'wasm' });
  const before = tf.memory();
  const actual = tf.tidy(gradients);
  expect(tf.memory().numTensors - before.numTensors).toBe(actual.length);
  actual.forEach((t, i) => {
    expect(t.shape).toEqual(expected[i]![0]);
    expectClose(t.dataSync(), expected[i]![1], { relative: 1e-5, absolute: 2e-5 });
    t.dispose();
  });
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
}

onEveryBackend(
  'gradients that wasm lacks',
  (backend) => {
    const pads = [
      'same',
      'valid',
      0,
      1,
      [
        [0, 0],
        [2, 0],
        [1, 3],
        [0, 0],
      ],
    ] as const;
    for (const strides of [1, 2, [1, 3]] as const) {
      for (const pad of pads) {
        if (typeof pad === 'number' && typeof strides !== 'number') continue; // tfjs takes the strides for equal then
        test(`conv2d, strides ${strides}, pad ${JSON.stringify(pad)}`, () =>
          same(backend, () => {
            const x = values([2, 9, 8, 3], 1) as tf.Tensor4D;
            // tfjs takes the filter for square where the padding is one number, and wasm then writes outside of the
            // output.
            const filter = values([3, typeof pad === 'number' ? 3 : 2, 3, 4], 2) as tf.Tensor4D;
            const f = (a: tf.Tensor, b: tf.Tensor) =>
              tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides as [number, number], pad as never);
            const dy = values(f(x, filter).shape, 3);
            return tf.grads(f)([x, filter], dy);
          }));
      }
    }

    for (const strides of [1, 2, [1, 3]] as const) {
      for (const multiplier of [1, 2]) {
        for (const pad of ['same', 'valid'] as const) {
          test(`depthwiseConv2d, strides ${strides}, multiplier ${multiplier}, ${pad}`, () =>
            same(backend, () => {
              const x = values([2, 9, 7, 3], 1) as tf.Tensor4D;
              const filter = values([3, 3, 3, multiplier], 2) as tf.Tensor4D;
              const f = (a: tf.Tensor, b: tf.Tensor) =>
                tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides as [number, number], pad);
              return tf.grads(f)([x, filter], values(f(x, filter).shape, 3));
            }));
        }
      }
    }

    test('gather, with rows taken more than once and never', () =>
      same(backend, () => {
        const x = values([5, 3, 2], 1);
        const indices = tf.tensor1d([4, 0, 4, 2, 4], 'int32');
        return [tf.grad((a: tf.Tensor) => tf.gather(a, indices))(x, values([5, 3, 2], 2))];
      }));

    test('unsortedSegmentSum, with ids outside', () =>
      same(backend, () => [
        tf.unsortedSegmentSum(values([6, 2], 1), tf.tensor1d([0, 2, -1, 2, 7, 1], 'int32'), 3),
        tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3, 4], 'int32'), tf.tensor1d([1, 1, 0, 1], 'int32'), 2),
      ]));

    const stock: Record<string, (a: tf.Tensor4D) => tf.Tensor> = {
      'maxPool 3/2 same': (a) => tf.maxPool(a, 3, 2, 'same'),
      'maxPool 2/2 valid': (a) => tf.maxPool(a, 2, 2, 'valid'),
      'avgPool 3/2 same': (a) => tf.avgPool(a, 3, 2, 'same'),
      resizeNearestNeighbor: (a) => tf.image.resizeNearestNeighbor(a, [16, 16]),
      'resizeBilinear down': (a) => tf.image.resizeBilinear(a, [5, 5]),
      'resizeBilinear up': (a) => tf.image.resizeBilinear(a, [16, 16], false, true),
    };
    for (const [name, op] of Object.entries(stock)) {
      test(`the gradient it has is right: ${name}`, () =>
        same(backend, () => {
          // cpu's gradients of resizing are wrong themselves beyond one image (nearest) and for unequal sides
          // (bilinear)
          const x = values([name.startsWith('resize') ? 1 : 2, 8, 8, 3], 1) as tf.Tensor4D;
          return [tf.grad((a: tf.Tensor) => op(a as tf.Tensor4D))(x, values(op(x).shape, 2))];
        }));
    }

    test('a training step moves the loss and keeps nothing', async () => {
      await prepareBackend({ backend: backend as 'wasm' });
      const filter = tf.variable(values([3, 3, 2, 2], 1));
      const x = values([1, 8, 8, 2], 2) as tf.Tensor4D;
      const loss = (): tf.Scalar =>
        tf.mean(tf.square(tf.relu(tf.conv2d(x, filter as never as tf.Tensor4D, 2, 'same'))));
      const optimizer = tf.train.sgd(0.5);
      const first = tf.tidy(() => loss().dataSync()[0]!);
      optimizer.minimize(loss);
      const { numTensors, numDataBuffers } = tf.memory();
      for (let i = 0; i < 5; i++) optimizer.minimize(loss);
      expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
      expect(tf.tidy(() => loss().dataSync()[0]!)).toBeLessThan(0.8 * first);
      optimizer.dispose();
      tf.dispose([filter, x]);
    });
  },
  ['wasm'],
);
