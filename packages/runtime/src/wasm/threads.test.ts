/** The build of several threads against that of one. */
import * as tf from '@tensorflow/tfjs';
import * as sed from '@sed/tensor-ops';
import { uniform } from '@sed/testing';
import { prepareBackend } from '../prepare.ts';
import { startThreads, wasmThreads } from './threads.ts';

test.each([
  [{ SED_WASM_THREADS: '1', TF_NUM_INTRAOP_THREADS: '3' }, 1],
  [{ TF_NUM_INTRAOP_THREADS: '3' }, 3],
  [{ SED_WASM_THREADS: '64' }, 8],
])('threads asked for by %j: %i', (env, threads) => expect(wasmThreads(env)).toBe(threads));

test('as many as processors by default, at most 8', () => {
  for (const env of [{}, { SED_WASM_THREADS: '' }, { SED_WASM_THREADS: 'many' }]) {
    expect(wasmThreads(env)).toBeGreaterThanOrEqual(1);
    expect(wasmThreads(env)).toBeLessThanOrEqual(8);
  }
});

const wanted = (process.env['SED_TEST_BACKENDS'] ?? 'wasm').split(',').includes('wasm');

(wanted ? describe : describe.skip)('convolutions and their gradients', () => {
  const tensor = (shape: number[]): tf.Tensor =>
    tf.tensor(Float32Array.from(uniform(`${shape}`, tf.util.sizeFromShape(shape))), shape);

  /** A convolution, a depthwise one and sums, with all gradients. */
  function bytes(): Buffer[] {
    return tf.tidy(() => {
      const inputs = [tensor([2, 33, 29, 24]), tensor([3, 3, 24, 40]), tensor([5, 5, 40, 1]), tensor([40])];
      const f = (x: tf.Tensor, filter: tf.Tensor, depthwise: tf.Tensor, bias: tf.Tensor): tf.Tensor => {
        const options = { bias: bias as tf.Tensor1D, activation: 'relu6', padding: 1 } as const;
        const y = sed.convolution(x as tf.Tensor4D, filter as tf.Tensor4D, options);
        return sed.depthwiseConvolution(y, depthwise as tf.Tensor4D, { ...options, strides: 2 });
      };
      const y = f(...(inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]));
      const results = [y, ...tf.grads(f)(inputs, tf.sub(y, 1))];
      return results.map((t) => Buffer.from(Float32Array.from(t.dataSync()).buffer));
    });
  }

  test('the same bytes on one, two and three threads, each time', async () => {
    expect(process.env['SED_WASM_THREADS']).toBe('1'); // by jest.preset.mjs
    const { threads } = await prepareBackend({ backend: 'wasm' });
    expect(threads).toBe(1);
    const expected = bytes();
    for (const count of [2, 3]) {
      await startThreads(count);
      await tf.setBackend('wasm');
      expect('Worker' in globalThis).toBe(false);
      for (let run = 0; run < 5; run++) {
        bytes().forEach((values, i) => expect(values.equals(expected[i]!)).toBe(true));
      }
    }
    tf.removeBackend('wasm'); // ends its threads
  });
});
