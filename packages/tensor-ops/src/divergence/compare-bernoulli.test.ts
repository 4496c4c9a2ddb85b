import * as tf from '@tensorflow/tfjs';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { compareBernoulli } from './compare-bernoulli.ts';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

onEveryBackend('compareBernoulli', () => {
  test.each([
    [1, 1, 1],
    [9, 20, 3],
    [130, 37, 6],
    [4, 16, 40],
  ])('%d rows of %d classes, logits of size %d: sums in double precision', (rows, classes, size) => {
    const stream = draws(`bernoulli ${classes}`);
    const random = (): tf.Tensor2D =>
      tf.tensor2d(
        Float32Array.from({ length: rows * classes }, () => size * stream.normal()),
        [rows, classes],
      );
    const [target, source] = [random(), random()];
    const run = () => Object.values(compareBernoulli(target, source) as unknown as Record<string, tf.Tensor>);
    const found = expectNoLeak(run, 4);
    const [t, s] = [target.dataSync(), source.dataSync()];
    const sumOf = (row: number, value: (t: number, s: number) => number): number =>
      Array.from({ length: classes }, (_, c) => value(t[row * classes + c]!, s[row * classes + c]!)).reduce(
        (a, b) => a + b,
      );
    const each = (value: (t: number, s: number) => number): number[] =>
      Array.from({ length: rows }, (_, row) => sumOf(row, value));
    const tolerance = { relative: 1e-5, absolute: 2e-6 * size * classes };
    expectClose(
      found[0]!.dataSync(),
      Array.from(t, (x, i) => sigmoid(s[i]!) - sigmoid(x)),
      { relative: 1e-5, absolute: 2e-7 },
    );
    expectClose(
      found[1]!.dataSync(),
      each((a, b) => Math.abs(sigmoid(b) - sigmoid(a))),
      { relative: 1e-5, absolute: 1e-6 },
    );
    expectClose(
      found[2]!.dataSync(),
      each((a, b) => sigmoid(a) * (a - b) + softplus(b) - softplus(a)),
      tolerance,
    );
    expectClose(
      found[3]!.dataSync(),
      each((a, b) => (sigmoid(b) - sigmoid(a)) * (b - a)),
      tolerance,
    );
    const again = run(); // the same bytes
    expect(again.map((x) => x.dataSync())).toEqual(found.map((x) => x.dataSync()));
    tf.dispose([target, source, ...found, ...again]);
  });

  test('equal logits differ in nothing; what is not a number shows', () => {
    const [a, b] = [tf.tensor2d([[3, -50, 0, 90]]), tf.tensor2d([[3, NaN, 0, 90]])];
    const [same, other] = [compareBernoulli(a, a), compareBernoulli(a, b)];
    for (const key of ['difference', 'lengths', 'directed', 'symmetric'] as const) {
      expect(Array.from(same[key].dataSync()).map(Math.abs)).toEqual(new Array(same[key].size).fill(0));
      expect(Array.from(other[key].dataSync()).some(Number.isNaN)).toBe(true);
    }
    tf.dispose([a, b, ...Object.values(same), ...Object.values(other)] as tf.Tensor[]);
  });

  test('shapes that differ', () => {
    const [a, b] = [tf.zeros<tf.Rank.R2>([2, 3]), tf.zeros<tf.Rank.R2>([2, 4])];
    expect(() => compareBernoulli(a, b)).toThrow(/must both be \[N, C\], got \[2,3\] and \[2,4\]/);
    tf.dispose([a, b]);
  });
});
