import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/** ln σ(x) = -ln(1 + e^-x), exact for any x. Any shape; the gradient is σ(-x). */
export function logSigmoid<R extends Rank>(x: Tensor<R>): Tensor<R> {
  return tf.customGrad((...args: unknown[]) => {
    const [$x, save] = args as [Tensor, tf.GradSaveFunc];
    save([$x]);
    return {
      value: tf.neg(tf.softplus(tf.neg($x))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, tf.sigmoid(tf.neg(saved[0]!))),
    };
  })(x) as Tensor<R>;
}
