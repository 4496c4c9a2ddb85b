/**
 * What the losses need to know about two matrices of logits `[N, C]`: `target`, which gives p', and `source`, which gives p.
 * The callers tidy. None of it needs a tape: `dD_KL(p' ‖ p) / dsource = p - p'`, for softmax and for sigmoid.
 */
import { abs, add, exp, logSoftmax, mul, relu, sigmoid, softmax, softplus, sub, sum } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Activation } from './types.ts';

const rowSum = (x: Tensor): Tensor1D => sum(x, 1);

const probabilities = (logits: Tensor, activation: Activation): Tensor =>
  activation === 'softmax' ? softmax(logits) : sigmoid(logits);

/** `p - p'`, source minus target, `[N, C]`. */
export function probabilityDifference(target: Tensor, source: Tensor, activation: Activation): Tensor {
  return sub(probabilities(source, activation), probabilities(target, activation));
}

/** `g = Σ_c |p_c - p'_c|`, `[N]`, from `p - p'`. */
export const gradientLengths = (difference: Tensor): Tensor1D => rowSum(abs(difference));

/**
 * `D_KL(p' ‖ p)` a row, `[N]`.
 *
 * Softmax: `Σ_c p'_c (log p'_c - log p_c)`. Sigmoid, a Bernoulli a class, with `log σ(x) = x - softplus(x)` and
 * `log σ(-x) = -softplus(x)`: `Σ_c p'_c (t_c - s_c) + softplus(s_c) - softplus(t_c)`.
 */
export function divergences(target: Tensor, source: Tensor, activation: Activation): Tensor1D {
  // a divergence is not negative; what rounding leaves below zero is no information
  if (activation === 'softmax') {
    const t = logSoftmax(target);
    return relu(rowSum(mul(exp(t), sub(t, logSoftmax(source)))));
  }
  const cross = mul(sigmoid(target), sub(target, source));
  return relu(rowSum(add(cross, sub(softplus(source), softplus(target)))));
}

/**
 * `D_KL(p' ‖ p) + D_KL(p ‖ p')` a row, `[N]`: in the sum of both directions the normalisers cancel, and
 * `Σ_c (p_c - p'_c)(s_c - t_c)` is left, for softmax and for sigmoid.
 */
export function symmetricDivergences(
  difference: Tensor,
  target: Tensor,
  source: Tensor,
  activation: Activation,
): Tensor1D {
  // logSoftmax takes away the arbitrary offset of softmax logits, which would only be rounded
  const [t, s] = activation === 'softmax' ? [logSoftmax(target), logSoftmax(source)] : [target, source];
  return rowSum(mul(difference, sub(s, t)));
}
