import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/** ln(1 + e^-|x|), exact for any x; the part of softplus that is never large. No gradient: for use inside customGrad. */
export function log1pExpMinusAbs(x: Tensor): Tensor {
  return tf.log1p(tf.exp(tf.neg(tf.abs(x))));
}

/** ln σ(x) without overflow: min(x, 0) - ln(1 + e^-|x|). Any shape; gradient σ(-x). */
export function logSigmoid<R extends Rank>(x: Tensor<R>): Tensor<R> {
  return tf.customGrad((...args: unknown[]) => {
    const [$x, save] = args as [Tensor, tf.GradSaveFunc];
    save([$x]);
    return {
      value: tf.sub(tf.neg(tf.relu(tf.neg($x))), log1pExpMinusAbs($x)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, tf.sigmoid(tf.neg(saved[0]!))),
    };
  })(x) as Tensor<R>;
}
