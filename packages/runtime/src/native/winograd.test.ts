/** 3x3 convolutions of a size at which they go by Winograd's formulas, against TensorFlow's. */
import * as tf from '@tensorflow/tfjs';
import { convolution, type ConvolutionActivation, type Padding } from '@sed/tensor-ops';
import { expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { registerNativeKernels } from './register.ts';

interface Case {
  readonly title: string;
  readonly x: [number, number, number, number];
  readonly outputs: number;
  readonly padding?: Padding;
  readonly scale?: boolean;
  readonly activation?: ConvolutionActivation;
}

const cases: Case[] = [
  { title: 'whole tiles', x: [1, 24, 24, 64], outputs: 64 },
  { title: 'cut tiles, a batch', x: [3, 18, 21, 64], outputs: 64, activation: 'relu' },
  { title: 'channels that fill no register', x: [2, 23, 22, 51], outputs: 75, scale: true, activation: 'relu6' },
  { title: 'few outputs', x: [2, 33, 30, 80], outputs: 36, scale: true },
  { title: 'no padding', x: [2, 26, 27, 64], outputs: 64, padding: [0, 0, 0, 0] },
  { title: 'uneven padding', x: [2, 25, 22, 64], outputs: 65, padding: [2, 0, 1, 2], activation: 'relu' },
  { title: 'more tiles than are summed at once', x: [2, 61, 58, 48], outputs: 48 },
];

const random = (name: string, shape: number[]): tf.Tensor =>
  tf.tensor(Float32Array.from(uniform(name, tf.util.sizeFromShape(shape))), shape);

function values({ title, x, outputs, padding = [1, 1, 1, 1], scale, activation = 'none' }: Case): Float32Array[] {
  const inputs = [random(`x ${title}`, x), random(`f ${title}`, [3, 3, x[3], outputs]), random('bias', [outputs])];
  if (scale) inputs.push(random('scale', [outputs]));
  const run = (...[a, f, bias, s]: tf.Tensor[]): tf.Tensor =>
    convolution(a as tf.Tensor4D, f as tf.Tensor4D, {
      ...{ padding, activation, bias: bias as tf.Tensor1D },
      ...(s && { scale: s as tf.Tensor1D }),
    });
  const y = expectNoLeak(() => run(...inputs));
  const dy = random('dy', y.shape);
  const gradients = expectNoLeak(() => tf.grads(run)(inputs, dy), inputs.length);
  const found = [y, ...gradients].map((t) => Float32Array.from(t.dataSync()));
  tf.dispose([...inputs, y, dy, ...gradients]);
  return found;
}

/** Root mean square of the difference and its largest, as shares of the values' root mean square. */
function difference(found: Float32Array, expected: Float32Array): { mean: number; most: number } {
  expect(found.length).toBe(expected.length);
  let [square, total, most] = [0, 0, 0];
  expected.forEach((value, i) => {
    const error = Math.abs(value - found[i]!);
    square += error * error;
    total += value * value;
    most = Math.max(most, error);
  });
  const norm = Math.sqrt(total / expected.length);
  return { mean: Math.sqrt(square / expected.length) / norm, most: most / norm };
}

onEveryBackend(
  'Winograd',
  (backend) => {
    test.each(cases.map((c) => [c.title, c] as const))('%s', async (_, c) => {
      await tf.setBackend(backend);
      registerNativeKernels({ own: false });
      const expected = values(c);
      registerNativeKernels();
      const found = values(c);
      // its error is some 1e-6 of the values' root mean square, and of the single worst of 100,000 ten times that
      found.forEach((some, i) => {
        const { mean, most } = difference(some, expected[i]!);
        expect(mean).toBeLessThan(3e-6);
        expect(most).toBeLessThan(3e-5);
      });
    });

    test('the same bytes each time', () => {
      const [first, second] = [values(cases[1]!), values(cases[1]!)];
      expect(second).toEqual(first);
    });
  },
  ['tensorflow'],
);
