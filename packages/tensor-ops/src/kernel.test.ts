import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { expectNoLeak } from '@sed/testing';
import {
  defineKernel,
  differentiate,
  hasFaster,
  registerFaster,
  runKernel,
  runKernelAs,
  unregister,
  type KernelGradient,
} from './kernel.ts';

interface Inputs {
  readonly x: Tensor1D;
  readonly offset?: Tensor1D;
}
interface Attributes {
  readonly factor: number;
}
type Pair = [Tensor, Tensor];
type Output = [product: Tensor1D, half: Tensor1D];

/** A kernel of two outputs, under a name that no other test has. */
const kernelNamed = (name: string) =>
  defineKernel<Inputs, Attributes, Output>(name, ({ x, offset }, { factor }) => {
    const product = tf.mul<Tensor1D>(x, factor);
    return [offset ? tf.add(product, offset) : product, tf.div(product, 2)];
  });

const numbers = (tensors: readonly Tensor[]): number[][] => tensors.map((t) => Array.from(t.dataSync()));

beforeAll(() => tf.setBackend('cpu'));

test('the composition is registered by the first call and frees what it makes on the way', () => {
  const kernel = kernelNamed('SedTestLazy');
  expect(tf.getKernel(kernel.name, 'cpu')).toBeUndefined();
  expect(hasFaster(kernel)).toBe(false);
  const [x, offset] = [tf.tensor1d([1, 2]), tf.tensor1d([10, 20])];
  const outputs = expectNoLeak(() => runKernel(kernel, { x, offset }, { factor: 4 }), 2);
  expect(numbers(outputs)).toEqual([
    [14, 28],
    [2, 4],
  ]);
  expect(tf.getKernel(kernel.name, 'cpu')).toBeDefined();
  expect(hasFaster(kernel)).toBe(false);
  tf.dispose([x, offset, ...outputs]);
});

test('a faster one is taken, also after the composition ran, without a warning, and can be taken back', () => {
  const kernel = kernelNamed('SedTestFaster');
  const x = tf.tensor1d([1, 2]);
  const run = (): number[][] => tf.tidy(() => numbers(runKernel(kernel, { x }, { factor: 2 })));
  const composed = [
    [2, 4],
    [1, 2],
  ];
  expect(run()).toEqual(composed);
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (text: string) => void warnings.push(text);
  registerFaster(kernel, 'cpu', (inputs, { factor }, backend: tf.KernelBackend): Pair => {
    expect(backend).toBe(tf.backend());
    expect(inputs.offset).toBeUndefined();
    return [tf.fill([1], factor), inputs.x.clone()];
  });
  expect(hasFaster(kernel)).toBe(true);
  expect(run()).toEqual([[2], [1, 2]]);
  registerFaster(kernel, 'cpu', (): Pair => [tf.tensor1d([7]), tf.tensor1d([8])]);
  expect(run()).toEqual([[7], [8]]);
  unregister(kernel, 'cpu');
  unregister(kernel, 'cpu');
  expect(hasFaster(kernel)).toBe(false);
  expect(run()).toEqual(composed);
  console.warn = warn;
  expect(warnings).toEqual([]);
  x.dispose();
});

test('its gradient, registered once; another under an alias, which follows what is registered for the kernel', () => {
  const kernel = kernelNamed('SedTestGradient');
  const gradientBy = (scale: number): KernelGradient<Inputs, Attributes, Output> => ({
    inputsToSave: ['x'],
    outputsToSave: [true, false],
    gradients: ([dy], saved, { factor }) => {
      expect(numbers(saved)).toEqual([[3], [3 * factor]]);
      return { x: () => tf.mul(dy, scale * factor) };
    },
  });
  differentiate(kernel, gradientBy(1));
  differentiate(kernel, gradientBy(1000)); // too late
  differentiate(kernel, gradientBy(10), 'SedTestGradientAlias');
  const dx = (f: (x: Tensor1D) => Tensor): number =>
    tf.tidy(
      () =>
        tf
          .grad((x: Tensor) => f(x as Tensor1D))(tf.tensor1d([3]))
          .dataSync()[0]!,
    );
  expect(dx((x) => runKernel(kernel, { x }, { factor: 5 })[0])).toBe(5);
  const alias = (x: Tensor1D): Tensor1D => runKernelAs('SedTestGradientAlias', kernel, { x }, { factor: 5 })[0];
  expect(dx(alias)).toBe(50);
  registerFaster(kernel, 'cpu', ({ x }): Pair => [tf.fill([1], 15), x.clone()]);
  expect(dx(alias)).toBe(50);
  tf.tidy(() => expect(numbers([alias(tf.tensor1d([4]))])).toEqual([[15]]));
});

test('what fits no kernel does not compile', () => {
  const kernel = kernelNamed('SedTestTypes');
  const calls = (x: Tensor1D, matrix: tf.Tensor2D): void => {
    // @ts-expect-error x is a vector
    runKernel(kernel, { x: matrix }, { factor: 1 });
    // @ts-expect-error no input of that name
    runKernel(kernel, { x, y: x }, { factor: 1 });
    // @ts-expect-error an attribute is missing
    runKernel(kernel, { x }, {});
    // @ts-expect-error there are two outputs
    registerFaster(kernel, 'cpu', ({ x }): [Tensor] => [x]);
    // @ts-expect-error the factor is a number
    registerFaster(kernel, 'cpu', ({ x }, { factor }: { factor: string }): Pair => [x, tf.fill([1], factor)]);
    // @ts-expect-error no input of that name can be saved
    differentiate(kernel, { inputsToSave: ['y'], gradients: () => ({}) });
  };
  expect(calls).toBeInstanceOf(Function); // never called: the compiler is the test
});
