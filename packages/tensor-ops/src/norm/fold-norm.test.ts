import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { foldNorm, normAffine, type Norm } from './fold-norm.ts';

const EPSILON = 0.5;

/** Batch norm in eval mode behind a filter, in stock ops. */
function stock(filter: Tensor, norm: Norm, column: boolean): [Tensor, Tensor] {
  const scale: Tensor = tf.div(norm.gamma, tf.sqrt(tf.add(norm.variance, EPSILON)));
  return [tf.mul(filter, column ? tf.reshape(scale, [-1, 1]) : scale), tf.sub(norm.beta, tf.mul(norm.mean, scale))];
}

onEveryBackend('batch norms as part of a convolution', () => {
  const stream = draws('fold-norm');
  const random = (shape: number[]): Tensor =>
    tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, stream.normal), shape);
  const normOf = (channels: number): Norm => ({
    gamma: random([channels]) as Tensor1D,
    beta: random([channels]) as Tensor1D,
    mean: random([channels]) as Tensor1D,
    variance: tf.tidy(() => tf.abs(random([channels])) as Tensor1D),
  });

  test('normAffine and its gradient', () => {
    const norm: Norm = {
      gamma: tf.tensor1d([2, 1]),
      beta: tf.tensor1d([1, 0]),
      mean: tf.tensor1d([3, -1]),
      variance: tf.tensor1d([4, 0.25]),
    };
    const { scale, bias } = expectNoLeak(() => normAffine(norm, EPSILON), 2);
    expectClose(scale.dataSync(), [2 / Math.sqrt(4.5), 1 / Math.sqrt(0.75)]);
    expectClose(bias.dataSync(), [1 - 6 / Math.sqrt(4.5), 1 / Math.sqrt(0.75)]);
    const gradients = expectNoLeak(
      () =>
        tf.grads((gamma, beta) => {
          const folded = normAffine({ ...norm, gamma: gamma as Tensor1D, beta: beta as Tensor1D }, EPSILON);
          return tf.add(tf.mul(folded.scale, 10), tf.square(folded.bias));
        })([norm.gamma, norm.beta]),
      2,
    );
    const b = [1 - 6 / Math.sqrt(4.5), 1 / Math.sqrt(0.75)];
    expectClose(gradients[0]!.dataSync(), [(10 - 2 * b[0]! * 3) / Math.sqrt(4.5), (10 + 2 * b[1]!) / Math.sqrt(0.75)]);
    expectClose(gradients[1]!.dataSync(), [2 * b[0]!, 2 * b[1]!]);
    tf.dispose([scale, bias, gradients, Object.values(norm)] as Tensor[]);
  });

  test.each([
    [[3, 3, 2, 5], 5],
    [[1, 1, 7, 70], 70],
    [[5, 5, 19, 1], 19],
    [[1, 1, 1, 1], 1],
  ])('foldNorm of a filter %j: values and gradients of stock ops', (shape, channels) => {
    const filter = random(shape);
    const norm = normOf(channels);
    const column = shape[3] !== channels;
    const [dfolded, dbias] = [random(shape), random([channels])];
    const loss =
      (ours: boolean) =>
      (w: Tensor, gamma: Tensor, beta: Tensor): Tensor => {
        const given: Norm = { ...norm, gamma: gamma as Tensor1D, beta: beta as Tensor1D };
        const folded = foldNorm(w as Tensor4D, given, EPSILON);
        const [f, b] = ours ? [folded.filter, folded.bias] : stock(w, given, column);
        return tf.add(tf.sum(tf.mul(f, dfolded)), tf.sum(tf.mul(b, dbias)));
      };
    const inputs = [filter, norm.gamma, norm.beta];
    const actual = expectNoLeak(() => tf.valueAndGrads(loss(true))(inputs), 4);
    const expected = tf.valueAndGrads(loss(false))(inputs);
    expectClose(actual.value.dataSync(), expected.value.dataSync(), { relative: 1e-5, absolute: 1e-4 });
    actual.grads.forEach((gradient, i) => {
      expect(gradient.shape).toEqual(inputs[i]!.shape);
      expectClose(gradient.dataSync(), expected.grads[i]!.dataSync(), { relative: 1e-5, absolute: 1e-4 });
    });
    tf.dispose([filter, dfolded, dbias, Object.values(norm), actual, expected]);
  });

  test('a fold of which only one output is used', () => {
    const [filter, norm] = [random([1, 1, 2, 3]) as Tensor4D, normOf(3)];
    const used = (key: 'filter' | 'bias') => (gamma: Tensor) =>
      foldNorm(filter, { ...norm, gamma: gamma as Tensor1D }, EPSILON)[key];
    for (const key of ['filter', 'bias'] as const) {
      const gradient = expectNoLeak(() => tf.grad(used(key))(norm.gamma));
      const expected = tf.grad(
        (gamma) => stock(filter, { ...norm, gamma: gamma as Tensor1D }, false)[key === 'filter' ? 0 : 1],
      )(norm.gamma);
      expectClose(gradient.dataSync(), expected.dataSync(), { relative: 1e-5, absolute: 1e-5 });
      tf.dispose([gradient, expected]);
    }
    tf.dispose([filter, ...Object.values(norm)] as Tensor[]);
  });

  test('shapes that do not fit', () => {
    const norm = normOf(3);
    const [filter, short] = [tf.zeros<tf.Rank.R4>([3, 3, 2, 4]), tf.zeros<tf.Rank.R1>([2])];
    expect(() => foldNorm(filter, norm, 0)).toThrow(/norm has 3 channels; the filter must be .* got \[3,3,2,4\]/);
    expect(() => normAffine({ ...norm, mean: short }, 0)).toThrow(/mean \[2\].* must be vectors of one length/);
    tf.dispose([filter, short, ...Object.values(norm)] as Tensor[]);
  });
});
