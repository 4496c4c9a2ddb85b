import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/**
 * The same values as a constant: the gradient to `x` is zero, as PyTorch's `detach` and TensorFlow's `stop_gradient`.
 */
export function stopGradient<R extends Rank>(x: Tensor<R>): Tensor<R> {
  return tf.customGrad((...args: unknown[]) => {
    const tensor = args[0] as Tensor;
    return { value: tf.clone(tensor), gradFunc: (dy: Tensor) => tf.zerosLike(dy) };
  })(x) as Tensor<R>;
}
