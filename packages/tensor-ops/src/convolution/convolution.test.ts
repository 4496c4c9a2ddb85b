import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as sed from '../index.ts';
import type { ConvolutionActivation, ConvolutionOptions, Padding, Strides } from '../index.ts';

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

onEveryBackend('convolution', () => {
  test.each(golden.map((c) => [c.name, c] as const))('%s: values and gradients of PyTorch', (_, c) => {
    const inputs = inputsOf(c);
    const dy = tf.tensor4d(c.dy, c.yShape);
    const y = expectNoLeak(() => asFunction(c)(...inputs));
    expect(y.shape).toEqual(c.yShape);
    const tolerance = { relative: 2e-6, absolute: 1e-5 };
    expectClose(y.dataSync(), c.y, tolerance);
    const gradients = expectNoLeak(() => tf.grads(asFunction(c))(inputs, dy), inputs.length);
    const expected = [c.dx, c.dfilter, c.scale && c.dscale, c.bias && c.dbias].filter((e) => e !== undefined);
    expect(gradients.length).toBe(expected.length);
    gradients.forEach((g, i) => {
      expect(g.shape).toEqual(inputs[i]!.shape);
      expectClose(g.dataSync(), expected[i]!, { relative: 1e-5, absolute: 3e-5 });
    });
    tf.dispose([inputs, dy, y, gradients]);
  });
});
