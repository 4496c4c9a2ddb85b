/** Against the same convolution of every level by itself, which is checked against PyTorch. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { convolution } from '../convolution.ts';
import type { ConvolutionActivation } from '../geometry.ts';
import { levelsConvolution, packLevels } from './levels-convolution.ts';

const tensor = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(Float32Array.from(uniform(name, tf.util.sizeFromShape(shape))), shape);

interface Case {
  title: string;
  grids: [number, number, number][];
  filter: [number, number, number, number];
  activation: ConvolutionActivation;
  bias: boolean;
}
const small: Case['grids'] = [
  [2, 7, 9],
  [2, 4, 5],
  [2, 1, 3],
];
const cases: Case[] = [
  { title: '3x3', grids: small, filter: [3, 3, 5, 4], activation: 'none', bias: true },
  { title: '3x3 relu', grids: small, filter: [3, 3, 5, 4], activation: 'relu', bias: true },
  { title: '1x1', grids: small, filter: [1, 1, 5, 4], activation: 'relu6', bias: true },
  { title: '5x3 without bias', grids: small, filter: [5, 3, 2, 3], activation: 'none', bias: false },
  { title: 'one level', grids: [[1, 6, 6]], filter: [3, 3, 4, 4], activation: 'relu', bias: true },
  // enough tiles for Winograd's formulas on the native backend, on the first level and over all
  {
    title: 'a pyramid',
    grids: [
      [1, 24, 20],
      [1, 12, 10],
      [1, 6, 5],
    ],
    filter: [3, 3, 48, 48],
    activation: 'relu',
    bias: true,
  },
];

onEveryBackend('levelsConvolution', () => {
  test.each(cases.map((c) => [c.title, c] as const))('%s: as each level by itself', (_, c) => {
    const features = c.grids.map((grid, i) => tensor(`level ${i}`, [...grid, c.filter[2]]));
    const filter = tensor('filter', c.filter);
    const inputs = [...features, filter, ...(c.bias ? [tensor('bias', [c.filter[3]])] : [])];
    const count = features.length;
    const argumentsOf = (given: tf.Tensor[]) => ({
      features: given.slice(0, count) as tf.Tensor4D[],
      filter: given[count] as tf.Tensor4D,
      options: { activation: c.activation, ...(c.bias && { bias: given[count + 1] as tf.Tensor1D }) },
    });
    const alone = (...given: tf.Tensor[]): tf.Tensor => {
      const { features: levels, filter: weights, options } = argumentsOf(given);
      const padding = [0, 1].flatMap((axis) => [0, 0].map(() => (c.filter[axis]! - 1) / 2)) as never;
      const ys = levels.map((x) => convolution(x, weights, { ...options, padding }));
      return tf.concat(ys.map((y) => tf.reshape(y, [-1, c.filter[3]]))); // prettier-ignore
    };
    const packed = (...given: tf.Tensor[]): tf.Tensor => {
      const { features: levels, filter: weights, options } = argumentsOf(given);
      return levelsConvolution(packLevels(levels), weights, options).rows;
    };
    const y = expectNoLeak(() => tf.tidy(() => packed(...inputs)));
    const expected = tf.tidy(() => alone(...inputs));
    expect(y.shape).toEqual(expected.shape);
    // Winograd's own error, see its test; elsewhere it is the same kernel
    const tolerance = { relative: 1e-5, absolute: c.filter[2] > 8 ? 2e-4 : 1e-5 };
    expectClose(y.dataSync(), expected.dataSync(), tolerance);
    const dy = tensor('dy', y.shape);
    const gradients = expectNoLeak(() => tf.grads(packed)(inputs, dy), inputs.length);
    tf.grads(alone)(inputs, dy).forEach((wanted, i) => {
      expect(gradients[i]!.shape).toEqual(inputs[i]!.shape);
      expectClose(gradients[i]!.dataSync(), wanted.dataSync(), tolerance);
      wanted.dispose();
    });
    tf.dispose([...inputs, y, expected, dy, ...gradients]);
  });

  test('what does not fit is named', () => {
    const packed = packLevels([tf.zeros([1, 2, 3, 4])]);
    expect(() => packLevels([])).toThrow('there are no levels');
    expect(() => packLevels([tf.zeros([1, 2, 2, 3]), tf.zeros([1, 2, 2, 4])])).toThrow('level 1 has 4 channels');
    expect(() => levelsConvolution(packed, tf.zeros([2, 3, 4, 1]))).toThrow('odd kh and kw, got [2,3,4,1]');
    expect(() => levelsConvolution(packed, tf.zeros([3, 3, 5, 1]))).toThrow('has 4 channels, filter [3,3,5,1] takes 5');
    expect(() => levelsConvolution(packed, tf.zeros([1, 1, 4, 2]), { bias: tf.zeros([3]) })).toThrow(
      'bias must be [2]',
    );
    expect(() => levelsConvolution({ ...packed, levels: [[1, 2, 2]] }, tf.zeros([1, 1, 4, 2]))).toThrow(
      'the levels 1x2x2 have 4 rows, got [6,4]',
    );
  });
});
