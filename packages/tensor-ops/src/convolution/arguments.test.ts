import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import * as sed from '../index.ts';
import { convolutionFlops, outputSize } from './geometry.ts';

test('outputSize is that of PyTorch', () => {
  expect(outputSize(7, 3, 2, 1, 1)).toBe(4);
  expect(outputSize(8, 3, 2, 1, 1)).toBe(4);
  expect(outputSize(8, 1, 2, 0, 0)).toBe(4);
});

test('convolutionFlops counts multiplications and additions', () => {
  expect(convolutionFlops([2, 8, 8, 3], [3, 3, 3, 5], [2, 2], [1, 1, 1, 1])).toBe(2 * 2 * 4 * 4 * 9 * 3 * 5);
  expect(convolutionFlops([2, 8, 8, 6], [3, 3, 6, 1], [1, 1], [1, 1, 1, 1])).toBe(2 * 2 * 8 * 8 * 9 * 6);
});

onEveryBackend('samePadding', () => {
  test.each([
    [8, 9, 3, 2],
    [7, 5, 5, 2],
    [6, 6, 1, 2],
    [5, 4, 3, 1],
  ])(
    'samePadding of %i x %i, kernel %i, stride %i gives the grid of tf.conv2d "same"',
    (height, width, kernel, stride) => {
      const x = tf.randomNormal<tf.Rank.R4>([1, height, width, 2], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<tf.Rank.R4>([kernel, kernel, 2, 3], 0, 1, 'float32', 2);
      const expected = tf.conv2d(x, filter, stride, 'same');
      const actual = sed.convolution(x, filter, { strides: stride, padding: 'same' });
      expect(actual.shape).toEqual(expected.shape);
      expect(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]).toBeLessThan(1e-5);
      const padding = sed.samePadding(height, width, kernel, kernel, [stride, stride]);
      expect(padding[1] - padding[0]).toBeGreaterThanOrEqual(0);
    },
  );
});

onEveryBackend('wrong shapes are named', () => {
  const x = () => tf.zeros<tf.Rank.R4>([1, 4, 4, 3]);
  test.each([
    ['channels', () => sed.convolution(x(), tf.zeros([3, 3, 2, 5])), /3 channels.*takes 2/],
    [
      'scale',
      () => sed.convolution(x(), tf.zeros([1, 1, 3, 5]), { scale: tf.zeros([3]) }),
      /scale must be \[5\], got \[3\]/,
    ],
    [
      'bias',
      () => sed.depthwiseConvolution(x(), tf.zeros([1, 1, 3, 1]), { bias: tf.zeros([1]) }),
      /bias must be \[3\]/,
    ],
    ['multiplier', () => sed.depthwiseConvolution(x(), tf.zeros([1, 1, 3, 2])), /channel multiplier/],
    ['padding', () => sed.convolution(x(), tf.zeros([3, 3, 3, 5]), { padding: -1 }), /padding must be/],
    ['strides', () => sed.convolution(x(), tf.zeros([3, 3, 3, 5]), { strides: 0 }), /strides must be/],
    ['size', () => sed.convolution(x(), tf.zeros([7, 7, 3, 5])), /does not fit/],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
