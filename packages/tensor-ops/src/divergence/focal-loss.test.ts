import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { focalLossOfRows } from './focal-loss.ts';

/** In double precision: the loss, and its gradient by each logit. */
function reference(
  logits: Float32Array,
  labels: Int32Array,
  weights: Float32Array,
  alpha: number,
  gamma: number,
): { value: number; gradient: number[] } {
  const classes = logits.length / labels.length;
  const gradient: number[] = [];
  let value = 0;
  logits.forEach((logit, i) => {
    const row = Math.floor(i / classes);
    const positive = labels[row] === i % classes;
    const z = positive ? -logit : logit;
    const wrong = 1 / (1 + Math.exp(-z));
    const entropy = Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    const factor = weights[row]! * (alpha < 0 ? 1 : positive ? alpha : 1 - alpha) * wrong ** gamma;
    value += factor * entropy;
    gradient.push((positive ? -1 : 1) * factor * (gamma * (1 / (1 + Math.exp(z))) * entropy + wrong));
  });
  return { value, gradient };
}

onEveryBackend('focalLossOfRows', () => {
  const inputsOf = (rows: number, classes: number): [Tensor2D, Tensor1D, Tensor1D] => {
    const stream = draws(`focal ${rows} ${classes}`);
    const listOf = (n: number, value: () => number): number[] => Array.from({ length: n }, value);
    return [
      tf.tensor2d(
        listOf(rows * classes, () => 4 * stream.normal()),
        [rows, classes],
      ),
      tf.tensor1d(
        listOf(rows, () => stream.integer(classes + 1) - 1),
        'int32',
      ),
      tf.tensor1d(listOf(rows, () => stream.uniform(0, 2))),
    ];
  };

  test.each([
    [7, 3, 0.25, 2],
    [300, 20, 0.25, 2],
    [5, 1, 0.4, 2],
    [40, 37, -1, 0],
    [40, 16, 0.25, 1.5],
  ])('%d rows of %d classes, alpha %d, gamma %d', (rows, classes, alpha, gamma) => {
    const [logits, labels, weights] = inputsOf(rows, classes);
    const f = (x: Tensor): tf.Scalar => focalLossOfRows(x as Tensor2D, labels, weights, { alpha, gamma });
    const { value, grad } = expectNoLeak(() => tf.valueAndGrad(f)(logits), 2);
    const expected = reference(
      logits.dataSync<'float32'>(),
      labels.dataSync<'int32'>(),
      weights.dataSync<'float32'>(),
      alpha,
      gamma,
    );
    expectClose(value.dataSync(), [expected.value], { relative: 1e-5, absolute: 1e-6 });
    expectClose(grad.dataSync(), expected.gradient, { relative: 1e-5, absolute: 1e-7 });
    const again = tf.valueAndGrad(f)(logits); // the same bytes
    expect([again.value.dataSync(), again.grad.dataSync()]).toEqual([value.dataSync(), grad.dataSync()]);
    tf.dispose([logits, labels, weights, value, grad, again.value, again.grad]);
  });

  test('far logits: no overflow, and small losses keep their digits', () => {
    const far = [-200, -88, -60, -30, -10, 0, 10, 60, 88, 200];
    const logits = tf.tensor2d(far, [far.length, 1]);
    const [labels, weights] = [tf.fill<tf.Rank.R1>([far.length], -1, 'int32'), tf.ones<tf.Rank.R1>([far.length])];
    const f = (x: Tensor): tf.Scalar => focalLossOfRows(x as Tensor2D, labels, weights, { alpha: -1, gamma: 0 });
    const { value, grad } = tf.valueAndGrad(f)(logits);
    // γ of 0 is the cross-entropy, whose gradient is σ
    expectClose(
      grad.dataSync(),
      far.map((x) => 1 / (1 + Math.exp(-x))),
      { relative: 2e-6, absolute: 1e-37 },
    );
    const sum = far.reduce((total, x) => total + Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), 0);
    expectClose(value.dataSync(), [sum], { relative: 1e-6, absolute: 0 });
    tf.dispose([logits, labels, weights, value, grad]);
  });

  test('what is not a number shows in the loss', () => {
    const inputs = [tf.tensor2d([[NaN, 0]]), tf.tensor1d([0], 'int32'), tf.tensor1d([1])] as const;
    const value = focalLossOfRows(...inputs, { alpha: 0.25, gamma: 2 });
    expect(value.dataSync()[0]).toBeNaN();
    tf.dispose([value, ...inputs]);
  });

  test('shapes that do not fit', () => {
    const [logits, labels, weights] = inputsOf(3, 2);
    const options = { alpha: 0.25, gamma: 2 };
    expect(() => focalLossOfRows(logits, weights, weights, options)).toThrow(/labels int32 \[N\].*float32 \[3\]/);
    expect(() => focalLossOfRows(logits, labels, weights, { alpha: 0.25, gamma: -1 })).toThrow(
      /gamma must be 0 or more/,
    );
    tf.dispose([logits, labels, weights]);
  });
});
