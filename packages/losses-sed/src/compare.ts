/**
 * What the losses need to know about two matrices of logits `[N, C]`: `target`, which gives p', and `source`, which
 * gives p. The callers tidy. None of it needs a tape: `dD_KL(p' ‖ p) / dsource = p - p'`, for softmax and for sigmoid.
 */
import { categoricalKl, compareBernoulli, type BernoulliComparison } from '@sed/tensor-ops';
import { abs, logSoftmax, mul, relu, sub, sum } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { probabilities } from './class-probabilities.ts';
import { detached } from './detached.ts';
import type { Activation } from './types.ts';

const rowSum = (x: Tensor): Tensor1D => sum(x, 1);

/** `p - p'`, source minus target, `[N, C]`. */
const probabilityDifference = (target: Tensor2D, source: Tensor2D, activation: Activation): Tensor2D =>
  sub(probabilities(source, activation), probabilities(target, activation));

/** `g = Σ_c |p_c - p'_c|`, `[N]`. */
export function gradientLengths(target: Tensor2D, source: Tensor2D, activation: Activation): Tensor1D {
  return detached(source, () => lengthsOf(probabilityDifference(target, source, activation)));
}

const lengthsOf = (difference: Tensor2D): Tensor1D => rowSum(abs(difference));

/** All that both directions of the divergence need; of a softmax each part as it is asked for. */
export function compare(target: Tensor2D, source: Tensor2D, activation: Activation): BernoulliComparison {
  if (activation === 'sigmoid') return compareBernoulli(target, source);
  const difference = detached(source, () => probabilityDifference(target, source, activation));
  return {
    difference,
    get lengths() {
      return detached(source, () => lengthsOf(difference));
    },
    get directed() {
      // a divergence is not negative; what rounding leaves below zero is no information
      return detached(source, () => relu(categoricalKl(target, source)));
    },
    get symmetric() {
      return detached(source, () => symmetricKl(difference, target, source));
    },
  };
}

/**
 * `D_KL(p' ‖ p) + D_KL(p ‖ p')` of softmaxes, `[N]`: in the sum of both directions the normalizers cancel, and
 * `Σ_c (p_c - p'_c)(s_c - t_c)` is left.
 */
function symmetricKl(difference: Tensor2D, target: Tensor2D, source: Tensor2D): Tensor1D {
  // logSoftmax takes away the arbitrary offset of the logits, which would only be rounded
  return rowSum(mul(difference, sub(logSoftmax(source), logSoftmax(target))));
}
