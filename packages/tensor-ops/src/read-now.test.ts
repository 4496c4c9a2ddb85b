import { fakeWebgpu, onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readNow } from './read-now.ts';
import { roiAlign } from './roi-align/roi-align.ts';

onEveryBackend('readNow', () => {
  test('gives the values', () => {
    const x = tf.tensor1d([1, 2.5]);
    expect(Array.from(readNow(x, 'x'))).toEqual([1, 2.5]);
    x.dispose();
  });
});

describe('on WebGPU', () => {
  test('reading at once is refused with what to use, by the backend that holds the tensor', async () => {
    const before = tf.tensor1d([3]);
    const back = await fakeWebgpu();
    try {
      const x = tf.tensor1d([1]);
      expect(() => readNow(x, 'detect')).toThrow(
        /^detect reads tensors at once, and on the backend webgpu.*'wasm'.*'webgl'/,
      );
      expect(Array.from(readNow(before, 'detect'))).toEqual([3]); // it is where it was made
      const features = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
      const regions = { boxes: Float32Array.of(0, 0, 2, 2), images: Int32Array.of(0) };
      expect(() =>
        roiAlign(features, regions, { scales: [1], outputSize: [1, 1], samplingRatio: 1, aligned: false }),
      ).toThrow(/^roiAlign reads tensors at once/);
      tf.dispose([x, before, features]);
    } finally {
      await back();
    }
  });
});
