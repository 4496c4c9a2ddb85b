/**
 * What compiles and what must not; each `@ts-expect-error` is checked by the compiler, and the call fails at run time
 * as well.
 */
import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import {
  categoricalKl,
  compareBernoulli,
  convolution,
  focalLossOfRows,
  jensenShannon,
  joinLevels,
  roiAlign,
  smoothL1,
} from './index.ts';

onEveryBackend('types of the ops', () => {
  test('ranks go through', () => {
    tf.tidy(() => {
      const [x, filter] = [tf.ones<tf.Rank.R4>([1, 4, 4, 2]), tf.ones<tf.Rank.R4>([3, 3, 2, 5])];
      const rows = tf.zeros<tf.Rank.R2>([3, 2]);
      const y: tf.Tensor4D = convolution(x, filter, { strides: 2, padding: 1, activation: 'relu' });
      const each: tf.Tensor2D = smoothL1(rows, tf.ones([3, 2]));
      const divergence: tf.Tensor1D = categoricalKl(rows, rows);
      const between: tf.Tensor2D = jensenShannon(tf.softmax(rows), tf.softmax(rows));
      const compared: { difference: tf.Tensor2D; lengths: tf.Tensor1D } = compareBernoulli(rows, rows);
      const labels = tf.zeros<tf.Rank.R1>([3], 'int32');
      const focal: tf.Scalar = focalLossOfRows(rows, labels, tf.ones([3]), { alpha: 0.25, gamma: 2 });
      const joined: { logits: tf.Tensor2D } = joinLevels([{ logits: y, deltas: y }], { anchors: 1 });
      const shapes = [y, each, divergence, between, compared.difference, compared.lengths, focal, joined.logits];
      const wanted = [[1, 2, 2, 5], [3, 2], [3], [3, 3], [3, 2], [3], [], [4, 5]];
      expect(shapes.map(({ shape }) => shape)).toEqual(wanted);
    });
  });

  test('misuse does not compile, and is refused without a compiler', () => {
    tf.tidy(() => {
      const [x, filter] = [tf.ones<tf.Rank.R4>([1, 4, 4, 2]), tf.ones<tf.Rank.R4>([3, 3, 2, 5])];
      const rows = tf.zeros<tf.Rank.R2>([3, 2]);
      // @ts-expect-error an activation that is none
      expect(() => convolution(x, filter, { activation: 'tanh' })).toThrow(/tanh/);
      // @ts-expect-error two images' worth of rank
      expect(() => convolution(rows, filter)).toThrow(/\[3,2\]/);
      // @ts-expect-error rows of one rank
      expect(() => categoricalKl(x, x)).toThrow(/must both be \[N, C\]/);
      // @ts-expect-error rows of one rank
      expect(() => compareBernoulli(rows, x)).toThrow(/must both be \[N, C\]/);
      // @ts-expect-error gamma is missing
      expect(() => focalLossOfRows(rows, tf.zeros([3], 'int32'), tf.ones([3]), { alpha: 0.25 })).toThrow(/gamma/);
      const regions = { boxes: Float32Array.of(0, 0, 1, 1), images: Int32Array.of(0) };
      // @ts-expect-error a scale for each level
      expect(() => roiAlign(x, regions, { scales: 1 })).toThrow(/as many scales/);
      // @ts-expect-error levels are a list
      expect(() => joinLevels({ logits: rows, deltas: rows })).toThrow(/there are no levels/);
    });
  });
});
