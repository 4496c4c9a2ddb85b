/** Against tf.variableGrads, which it replaces. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { convolution } from '../convolution/convolution.ts';
import { variableGradients } from './variable-gradients.ts';

const tensor = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(Float32Array.from(uniform(name, tf.util.sizeFromShape(shape))), shape);

/** The same values, with no gradient by x. */
const constant = (x: tf.Tensor): tf.Tensor => tf.customGrad(() => ({ value: tf.clone(x), gradFunc: () => [] }))();

/** Weights used once, many times, through both sides of a product, through ops with several outputs, and not at all. */
function example() {
  const x = tensor('x', [2, 6, 5, 3]) as tf.Tensor4D;
  const filter = tf.variable(tensor('filter', [3, 3, 3, 3]) as tf.Tensor4D);
  const bias = tf.variable(tensor('bias', [3]) as tf.Tensor1D);
  const weight = tf.variable(tensor('weight', [3, 4]) as tf.Tensor2D);
  const unused = tf.variable(tensor('unused', [2]));
  const loss = (): tf.Scalar => {
    let y = x;
    for (let i = 0; i < 3; i++) y = convolution(y, filter, { padding: 1, bias, activation: 'relu' });
    const rows = tf.reshape<tf.Rank.R2>(tf.add(y, x), [-1, 3]);
    const [a, b] = tf.split(tf.matMul(rows, weight), 2, 1);
    const same = tf.add(tf.mul(a!, a!), tf.mul(b!, constant(b!)));
    const joined = tf.concat([same, tf.mul(a!, tf.sum(weight))], 1);
    return tf.add(tf.mean(joined), tf.sum(tf.square(bias)));
  };
  return { loss, variables: [filter, bias, weight, unused] as tf.Variable[], all: [x, filter, bias, weight, unused] };
}

onEveryBackend('variableGradients', () => {
  test('the value and the gradients of tf.variableGrads; nothing is left behind', () => {
    const { loss, variables, all } = example();
    const expected = tf.variableGrads(loss, variables);
    const { value, gradients } = expectNoLeak(() => variableGradients(loss, variables), 4);
    expect(value.dataSync()).toEqual(expected.value.dataSync());
    variables.forEach((variable, i) => {
      const wanted = expected.grads[variable.name];
      if (wanted) expectClose(gradients[i]!.dataSync(), wanted.dataSync(), { relative: 1e-6, absolute: 1e-7 });
      else expect(gradients[i]).toBeUndefined();
    });
    expect(gradients.map((g) => g !== undefined)).toEqual([true, true, true, false]);
    tf.dispose([value, expected, ...gradients.filter((g) => g !== undefined), ...all] as tf.Tensor[]);
  });

  test('less is there at once than tfjs holds', () => {
    const x = tf.ones([64, 64]);
    const w = tf.variable(tf.fill([64, 64], 0.01));
    const deep = (): tf.Scalar => {
      let y: tf.Tensor = x;
      for (let i = 0; i < 20; i++) y = tf.tidy(() => tf.tanh(tf.matMul(y as tf.Tensor2D, w)));
      return tf.sum(y);
    };
    const most = (run: () => unknown): number => {
      let peak = 0;
      const engine = tf.engine();
      const runKernel = engine.runKernel.bind(engine);
      engine.runKernel = ((...args: Parameters<typeof runKernel>) => {
        const result = runKernel(...args);
        peak = Math.max(peak, tf.memory().numBytes);
        return result;
      }) as typeof engine.runKernel;
      try {
        tf.dispose(run() as tf.TensorContainer);
      } finally {
        engine.runKernel = runKernel;
      }
      return peak - tf.memory().numBytes;
    };
    const theirs = most(() => tf.variableGrads(deep, [w]));
    const ours = most(() => variableGradients(deep, [w]));
    expect(ours).toBeLessThan(0.7 * theirs);
    tf.dispose([x, w]);
  });

  test('an op without a gradient is named, and nothing is left behind', () => {
    const w = tf.variable(tf.tensor1d([3, 1, 2]));
    const best = (): tf.Scalar => tf.sum<tf.Scalar>(tf.mul(tf.topk(tf.mul(w, w), 1).values, 2));
    expectNoLeak(() => expect(() => variableGradients(best, [w])).toThrow(/the op TopK has no gradient/), 0);
    const failing = (): tf.Scalar => {
      tf.mul(w, w);
      throw new Error('from inside');
    };
    expectNoLeak(() => expect(() => variableGradients(failing, [w])).toThrow('from inside'), 0);
    const { value, gradients } = variableGradients(() => tf.sum<tf.Scalar>(w), [w]);
    expectClose(gradients[0]!.dataSync(), [1, 1, 1]);
    tf.dispose([w, value, gradients[0]!]);
  });
});
