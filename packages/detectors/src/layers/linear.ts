/** A fully connected layer, by parameter name. */
import * as tf from '@tensorflow/tfjs-core';
import { convolution } from '@sed/tensor-ops';
import type { Parameters } from '../types.ts';
import { parameter, vectorOf } from './lookup.ts';

/**
 * `activation(x · weight + bias)`, `[N, I]` to `[N, O]`, as a convolution over a grid of one cell: that is one op with
 * a gradient which remembers only x and the result.
 */
export function linear(
  parameters: Parameters,
  name: string,
  x: tf.Tensor2D,
  activation: 'none' | 'relu' = 'none',
): tf.Tensor2D {
  const weight = parameter(parameters, `${name}.weight`) as tf.Tensor2D;
  const [inputs, outputs] = weight.shape;
  const rows = x.shape[0];
  const y = convolution(tf.reshape(x, [1, rows, 1, inputs]), tf.reshape(weight, [1, 1, inputs, outputs]), {
    bias: vectorOf(parameters, `${name}.bias`),
    activation,
  });
  return tf.reshape(y, [rows, outputs]);
}
