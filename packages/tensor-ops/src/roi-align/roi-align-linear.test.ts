/** Against its parts, each of which is checked against torch. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { roiAlignLinear } from './roi-align-linear.ts';
import { roiAlign } from './roi-align.ts';

const [CHANNELS, OUTPUTS, SIDE] = [3, 5, 2];
const INPUTS = SIDE * SIDE * CHANNELS;
const options = { scales: [0.5, 0.25], outputSize: [SIDE, SIDE], samplingRatio: 2 } as const;

function regionsOf(count: number): { boxes: Float32Array; images: Int32Array } {
  const boxes = Float32Array.from(uniform('boxes', 4 * count), (u, i) => (i % 4 < 2 ? 6 + 6 * u : 18 + 6 * u));
  return { boxes, images: Int32Array.from({ length: count }, (_, i) => i % 2) };
}

const tensor = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(Float32Array.from(uniform(name, tf.util.sizeFromShape(shape))), shape);

onEveryBackend('roiAlignLinear', () => {
  // 1030 regions are two parts
  test.each([1, 7, 1030])(
    '%d regions: values and all gradients are those of pooling, product, bias and ReLU',
    (count) => {
      const regions = regionsOf(count);
      const levels = Int32Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 1 : 0));
      const inputs = [
        tensor('level 0', [2, 12, 12, CHANNELS]),
        tensor('level 1', [2, 6, 6, CHANNELS]),
        tensor('weight', [INPUTS, OUTPUTS]),
        tensor('bias', [OUTPUTS]),
      ];
      const dy = tensor('dy', [count, OUTPUTS]);
      const whole = (...[a, b, w, c]: tf.Tensor[]): tf.Tensor =>
        roiAlignLinear([a, b] as tf.Tensor4D[], regions, w as tf.Tensor2D, c as tf.Tensor1D, options, levels);
      const parts = (...[a, b, w, c]: tf.Tensor[]): tf.Tensor => {
        const flat = tf.reshape(roiAlign([a, b] as tf.Tensor4D[], regions, options, levels), [count, INPUTS]);
        return tf.relu(tf.add(tf.matMul(flat as tf.Tensor2D, w as tf.Tensor2D), c!));
      };
      const y = expectNoLeak(() => whole(...inputs));
      const expected = tf.tidy(() => parts(...inputs));
      expectClose(y.dataSync(), expected.dataSync(), { absolute: 1e-5 });
      const found = expectNoLeak(() => tf.grads(whole)(inputs, dy), 4);
      const wanted = tf.grads(parts)(inputs, dy);
      found.forEach((gradient, i) => {
        expect(gradient.shape).toEqual(inputs[i]!.shape);
        expectClose(gradient.dataSync(), wanted[i]!.dataSync(), { relative: 1e-4, absolute: 1e-5 * Math.sqrt(count) });
      });
      tf.dispose([...inputs, ...found, ...wanted, dy, y, expected]);
    },
  );

  test('no region: an empty result with zero gradients', () => {
    const inputs = [
      tensor('level 0', [2, 4, 4, CHANNELS]),
      tensor('weight', [INPUTS, OUTPUTS]),
      tensor('bias', [OUTPUTS]),
    ];
    const f = (...[a, w, c]: tf.Tensor[]): tf.Tensor =>
      roiAlignLinear(
        [a as tf.Tensor4D],
        regionsOf(0),
        w as tf.Tensor2D,
        c as tf.Tensor1D,
        { ...options, scales: [1] },
        new Int32Array(0),
      );
    const gradients = expectNoLeak(() => tf.grads(f)(inputs, tf.zeros([0, OUTPUTS])), 4);
    gradients.forEach((g, i) => expectClose(g.dataSync(), new Float32Array(inputs[i]!.size)));
    tf.dispose([...inputs, ...gradients]);
  });
});

test('a weight that does not fit is named', () => {
  const call = (): tf.Tensor =>
    roiAlignLinear(
      [tf.zeros([1, 4, 4, 3])],
      regionsOf(1),
      tf.zeros([9, 5]),
      tf.zeros([5]),
      { ...options, scales: [1] },
      new Int32Array(1),
    );
  expect(call).toThrow(/regions are 2 x 2 x 3, weight is \[9,5\], bias \[5\]/);
});
