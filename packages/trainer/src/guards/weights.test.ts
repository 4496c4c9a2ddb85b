import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { NotFiniteError } from './finite.ts';
import { firstNotFinite, requireFiniteWeights } from './weights.ts';

onEveryBackend('weights that are not finite', () => {
  test('the first by name, with its value; large ones are finite, though their squares are not', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const good = tf.tensor1d([1e30, -3e38, 0]);
      const bad = tf.tensor2d([[1, -Infinity]]);
      expect(firstNotFinite(new Map())).toBeUndefined();
      expect(
        firstNotFinite(
          new Map<string, tf.Tensor>([
            ['a', good],
            ['b', tf.scalar(1)],
          ]),
        ),
      ).toBeUndefined();
      const found = firstNotFinite(
        new Map<string, tf.Tensor>([
          ['a', good],
          ['b', bad],
          ['c', tf.scalar(NaN)],
        ]),
      );
      expect(found).toEqual({ name: 'b', value: -Infinity });
      const at = { what: 'the weight', step: 7, lr: 1e300, checkpoint: '/run/checkpoints/step-6' };
      const refused = () => requireFiniteWeights(new Map([['head.bias', tf.tensor1d([NaN])]]), at);
      expect(refused).toThrow(NotFiniteError);
      expect(refused).toThrow(/Step 7: the weight head\.bias has the value NaN[^]*1\.00e\+300[^]*checkpoints\/step-6/);
      requireFiniteWeights(new Map([['a', good]]), at);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
