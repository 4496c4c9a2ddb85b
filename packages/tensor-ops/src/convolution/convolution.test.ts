import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { draws, expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as sed from '../index.ts';
import type { ConvolutionActivation, ConvolutionOptions, Padding, Strides } from '../index.ts';
import { convolutionKernel } from './convolution-kernels.ts';

interface Golden {
  name: string;
  depthwise: boolean;
  strides: Strides;
  padding: Padding;
  activation: ConvolutionActivation;
  xShape: [number, number, number, number];
  filterShape: [number, number, number, number];
  yShape: [number, number, number, number];
  x: number[];
  filter: number[];
  scale?: number[];
  bias?: number[];
  y: number[];
  dy: number[];
  dx: number[];
  dfilter: number[];
  dscale?: number[];
  dbias?: number[];
}

const golden = JSON.parse(readFileSync(new URL('../fixtures/convolution.json', import.meta.url), 'utf8')) as Golden[];

type Op = (x: Tensor4D, filter: Tensor4D, options?: ConvolutionOptions) => Tensor4D;
const opOf = (depthwise: boolean): Op => (depthwise ? sed.depthwiseConvolution : sed.convolution);

/** The op as a function of its inputs only, in the order x, filter, scale?, bias?. */
function asFunction(c: Golden): (...inputs: Tensor[]) => Tensor4D {
  const { strides, padding, activation } = c;
  return (x, filter, ...rest) => {
    const options: ConvolutionOptions = { strides, padding, activation };
    if (c.scale) options.scale = rest.shift() as Tensor1D;
    if (c.bias) options.bias = rest.shift() as Tensor1D;
    return opOf(c.depthwise)(x as Tensor4D, filter as Tensor4D, options);
  };
}

function inputsOf(c: Golden): Tensor[] {
  const inputs: Tensor[] = [tf.tensor4d(c.x, c.xShape), tf.tensor4d(c.filter, c.filterShape)];
  if (c.scale) inputs.push(tf.tensor1d(c.scale));
  if (c.bias) inputs.push(tf.tensor1d(c.bias));
  return inputs;
}

function checkAgainstPyTorch(c: Golden): void {
  const inputs = inputsOf(c);
  const dy = tf.tensor4d(c.dy, c.yShape);
  const y = expectNoLeak(() => asFunction(c)(...inputs));
  expect(y.shape).toEqual(c.yShape);
  expectClose(y.dataSync(), c.y, { relative: 2e-6, absolute: 5e-6 });
  const gradients = expectNoLeak(() => tf.grads(asFunction(c))(inputs, dy), inputs.length);
  const expected = [c.dx, c.dfilter, c.scale && c.dscale, c.bias && c.dbias].filter((e) => e !== undefined);
  expect(gradients.length).toBe(expected.length);
  gradients.forEach((g, i) => {
    expect(g.shape).toEqual(inputs[i]!.shape);
    expectClose(g.dataSync(), expected[i]!, { relative: 5e-6, absolute: 2e-5 });
  });
  tf.dispose([inputs, dy, y, gradients]);
}

onEveryBackend('convolution', () => {
  test.each(golden.map((c) => [c.name, c] as const))('%s: values and gradients of PyTorch', (_, c) => {
    checkAgainstPyTorch(c);
  });

  test.each([false, true])('gradients equal finite differences, depthwise %s', (depthwise) => {
    const stream = draws(`finite differences ${depthwise}`);
    const random = (shape: number[]): Tensor =>
      tf.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, stream.normal), shape);
    const inputs = [random([1, 4, 3, 2]), random(depthwise ? [3, 2, 2, 1] : [3, 2, 2, 3])];
    const options: ConvolutionOptions = { strides: [2, 1], padding: [1, 0, 0, 1] };
    const channels = depthwise ? 2 : 3;
    const [scale, bias] = [random([channels]), random([channels])];
    const all = [...inputs, scale, bias];
    const f = (...args: Tensor[]): Tensor => {
      const [x, filter, s, b] = args as [Tensor4D, Tensor4D, Tensor1D, Tensor1D];
      return opOf(depthwise)(x, filter, { ...options, scale: s, bias: b });
    };
    const weight = random(f(...all).shape);
    const value = (args: Tensor[]): number => tf.tidy(() => tf.sum(tf.mul(f(...args), weight)).dataSync()[0]!);
    const gradients = tf.grads(f)(all, weight);
    // Without an activation the op is linear in each input, so a wide step has no error but float32's.
    all.forEach((input, i) => {
      const values = input.dataSync();
      const numeric = Float32Array.from(values, (_, k) => {
        const moved = (step: number): number => {
          const changed = tf.tensor(
            values.map((v, n) => (n === k ? v + step : v)),
            input.shape,
          );
          const result = value(all.map((other, n) => (n === i ? changed : other)));
          changed.dispose();
          return result;
        };
        return (moved(0.5) - moved(-0.5)) / 1;
      });
      expectClose(gradients[i]!.dataSync(), numeric, { relative: 1e-4, absolute: 1e-4 });
    });
    tf.dispose([all, weight, gradients]);
  });
});

/** Without the kernels that @sed/runtime brings, the portable composition is all there is. */
onEveryBackend(
  'convolution without native kernels',
  (backend) => {
    beforeAll(() => {
      for (const name of tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName)) {
        if (name.startsWith('Sed')) tf.unregisterKernel(name, backend);
      }
      expect(tf.getKernel(convolutionKernel.name, backend)).toBeUndefined();
    });
    test.each(golden.map((c) => [c.name, c] as const))('%s: values and gradients of PyTorch', (_, c) => {
      checkAgainstPyTorch(c);
    });
  },
  ['tensorflow'],
);
