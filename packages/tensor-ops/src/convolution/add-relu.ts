/** ReLUs that stand alone, with gradients in one op: tfjs's own makes three of them, on TensorFlow five. */
import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as names from './kernels.ts';
import { runKernel } from './run.ts';

/**
 * max(0, a + b) of tensors of one shape, in one op. The tape holds the result, which the next convolution holds anyway, instead of the sum.
 * @throws Error for shapes that differ
 */
export function addRelu<T extends Tensor>(a: T, b: T): T {
  if (!tf.util.arraysEqual(a.shape, b.shape)) {
    throw new Error(`addRelu: the shapes [${a.shape}] and [${b.shape}] must be the same`);
  }
  // Not registered twice: another copy of this package may have done so, and tfjs warns of every override.
  if (tf.getGradient(names.SED_ADD_RELU) == null) tf.registerGradient(gradient);
  return runKernel(names.SED_ADD_RELU, { a, b }, {}) as T;
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
        runKernel(names.SED_ACTIVATION_GRADIENT, { dy, y: y! }, { activation: 'relu' }),
    };
  })(x) as T;
}

const gradient: GradConfig = {
  kernelName: names.SED_ADD_RELU,
  outputsToSave: [true],
  gradFunc: (dy, [y]) => {
    const dsum = runKernel(names.SED_ACTIVATION_GRADIENT, { dy, y }, { activation: 'relu' });
    // two tensors: the engine disposes of a gradient when it adds another to it
    return { a: () => tf.clone(dsum), b: () => tf.clone(dsum) };
  },
};
