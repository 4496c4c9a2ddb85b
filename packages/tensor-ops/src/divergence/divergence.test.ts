import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as sed from '../index.ts';
import { l1 } from './distances.ts';

interface Divergence {
  scale: number;
  shape: [number, number];
  target: number[];
  logits: number[];
  weight: number[];
  categorical: number[];
  categoricalGradient: number[];
  bernoulli: number[];
  bernoulliGradient: number[];
}
type Elementwise =
  | {
      op: 'focal';
      alpha: number;
      gamma: number;
      x: number[];
      t: number[];
      weight: number[];
      y: number[];
      dx: number[];
    }
  | {
      op: 'smoothL1';
      beta: number;
      a: number[];
      b: number[];
      weight: number[];
      y: number[];
      da: number[];
      db: number[];
    };
interface Golden {
  divergences: Divergence[];
  jensenShannon: Record<'p' | 'q' | 'weight' | 'value' | 'dp' | 'dq', number[]>;
  elementwise: Elementwise[];
}

const golden = JSON.parse(readFileSync(new URL('../fixtures/tensor-ops.json', import.meta.url), 'utf8')) as Golden;

/** Values of `f`, and the gradients of Σ weight · f, with nothing left behind. */
function check(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  weight: Tensor,
  expected: { value: ArrayLike<number>; gradients: (ArrayLike<number> | undefined)[] },
  tolerance: { relative: number; absolute: number },
): void {
  const value = expectNoLeak(() => f(...inputs));
  expectClose(value.dataSync(), expected.value, tolerance);
  const gradients = expectNoLeak(() => tf.grads(f)(inputs, weight), inputs.length);
  gradients.forEach((gradient, i) => {
    expect(gradient.shape).toEqual(inputs[i]!.shape);
    expectClose(gradient.dataSync(), expected.gradients[i] ?? new Float32Array(gradient.size), tolerance);
  });
  tf.dispose([value, gradients, inputs, weight]);
}

onEveryBackend('divergences against PyTorch', () => {
  describe.each(golden.divergences)('logits of scale $scale, with ±50', (c) => {
    const inputs = (): Tensor[] => [tf.tensor2d(c.target, c.shape), tf.tensor2d(c.logits, c.shape)];
    // A logit of 50 leaves 4e-6 of rounding in a float32 difference of logits; PyTorch's numbers are float64's.
    test('categoricalKl', () => {
      check(
        (t, s) => sed.categoricalKl(t as Tensor2D, s as Tensor2D),
        inputs(),
        tf.tensor1d(c.weight),
        { value: c.categorical, gradients: [undefined, c.categoricalGradient] },
        { relative: 1e-6, absolute: 1e-6 },
      );
    });
    test('compareBernoulli: the divergence, and its gradient by the logits', () => {
      const [target, source] = inputs() as [Tensor2D, Tensor2D];
      const compared = expectNoLeak(() => sed.compareBernoulli(target, source), 4);
      const gradient = tf.tidy(() => tf.mul(compared.difference, tf.tensor2d(c.weight, [c.shape[0], 1])));
      // its sums are of terms as large as the logits
      expectClose(compared.directed.dataSync(), c.bernoulli, { relative: 1e-6, absolute: 4e-6 });
      expectClose(gradient.dataSync(), c.bernoulliGradient, { relative: 1e-6, absolute: 2e-7 });
      tf.dispose([target, source, gradient, compared]);
    });
  });

  test('jensenShannon', () => {
    const { p, q, weight, value, dp, dq } = golden.jensenShannon;
    check(
      (a, b) => sed.jensenShannon(a as Tensor2D, b as Tensor2D),
      [tf.tensor2d(p, [4, 6]), tf.tensor2d(q, [3, 6])],
      tf.tensor2d(weight, [4, 3]),
      { value, gradients: [dp, dq] },
      { relative: 2e-6, absolute: 1e-6 },
    );
  });

  test.each(golden.elementwise)('$op $alpha $gamma $beta', (c) => {
    const tolerance = { relative: 2e-6, absolute: 1e-7 };
    const weight = tf.tensor1d(c.weight);
    if (c.op === 'focal') {
      // rows of one class, whose sum is weighted
      const labels = tf.tensor1d(
        c.t.map((there) => there - 1),
        'int32',
      );
      const value = c.weight.reduce((sum, w, i) => sum + w * c.y[i]!, 0);
      check(
        (x) => sed.focalLossOfRows(x as Tensor2D, labels, weight, { alpha: c.alpha, gamma: c.gamma }),
        [tf.tensor2d(c.x, [c.x.length, 1])],
        tf.scalar(1),
        { value: [value], gradients: [c.dx] },
        { relative: 2e-6, absolute: 1e-6 },
      );
      tf.dispose([labels, weight]);
    } else {
      const [a, b] = [tf.tensor1d(c.a), tf.tensor1d(c.b)];
      const expected = { value: c.y, gradients: [c.da, c.db] };
      check((x, y) => sed.smoothL1(x, y, c.beta), [a, b], weight, expected, tolerance);
    }
  });

  test('l1', () => {
    check(
      (a, b) => l1(a, b),
      [tf.tensor1d([1, 2, 3]), tf.tensor1d([4, 2, 1])],
      tf.tensor1d([1, 10, 100]),
      { value: [3, 0, 2], gradients: [[-1, 0, 100], [1, 0, -100]] }, // prettier-ignore
      { relative: 0, absolute: 0 },
    );
  });

  test('a divergence of a row with itself is 0', () => {
    const logits = tf.tensor2d([[1, -30, 7], [0, 0, 0]]); // prettier-ignore
    const value = sed.categoricalKl(logits, logits);
    expectClose(value.dataSync(), [0, 0], { absolute: 0, relative: 0 });
    tf.dispose([value, logits]);
  });

  test('shapes that differ are refused', () => {
    const [a, b] = [tf.zeros<tf.Rank.R2>([2, 3]), tf.zeros<tf.Rank.R2>([3, 2])];
    expect(() => sed.categoricalKl(a, b)).toThrow(/categoricalKl.*\[2,3\] and \[3,2\]/);
    expect(() => sed.jensenShannon(a, b)).toThrow(/jensenShannon/);
    expect(() => sed.smoothL1(a, b)).toThrow(/smoothL1/);
    tf.dispose([a, b]);
  });
});
