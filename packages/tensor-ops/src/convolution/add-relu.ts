/** ReLUs that stand alone, with gradients in one op: tfjs's own makes three of them, on TensorFlow five. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { defineKernel, differentiate, runKernel, type KernelGradient, type NoAttributes } from '../kernel.ts';
import { activationGradientKernel } from './activation-kernels.ts';

/** `a`, `b` of one shape. */
export interface AddReluInputs {
  readonly a: Tensor;
  readonly b: Tensor;
}

/** → max(0, a + b). */
export const addReluKernel = defineKernel<AddReluInputs, NoAttributes, Tensor>('SedAddRelu', ({ a, b }) =>
  tf.relu(tf.add(a, b)),
);

/**
 * max(0, a + b) of tensors of one shape, in one op. The tape holds the result, which the next convolution holds anyway,
 * instead of the sum.
 * @throws Error for shapes that differ
 */
export function addRelu<T extends Tensor>(a: T, b: T): T {
  if (!tf.util.arraysEqual(a.shape, b.shape)) {
    throw new Error(`addRelu: the shapes [${a.shape}] and [${b.shape}] must be the same`);
  }
  differentiate(addReluKernel, gradient);
  return runKernel(addReluKernel, { a, b }, {}) as T;
}

/** max(0, x). The tape holds the result alone. */
export function relu<T extends Tensor>(x: T): T {
  return tf.customGrad((...args: unknown[]) => {
    const [input, save] = args as [Tensor, tf.GradSaveFunc];
    const value = tf.relu(input);
    save([value]);
    return {
      value,
      gradFunc: (dy: Tensor, [y]: Tensor[]) =>
        runKernel(activationGradientKernel, { dy, y: y! }, { activation: 'relu' }),
    };
  })(x) as T;
}

const gradient: KernelGradient<AddReluInputs, NoAttributes, Tensor> = {
  outputsToSave: [true],
  gradients: (dy, [y]) => {
    const dsum = runKernel(activationGradientKernel, { dy, y: y! }, { activation: 'relu' });
    // two tensors: the engine disposes of a gradient when it adds another to it
    return { a: () => tf.clone(dsum), b: () => tf.clone(dsum) };
  },
};
