import { matMul, mul, reshape, sum, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { checkActivation, checkSameShape } from './checks.ts';
import { divergences, gradientLengths, probabilityDifference } from './compare.ts';
import { detached } from './detached.ts';
import {
  binMembership,
  checkBins,
  checkWeighting,
  DEFAULT_BINS,
  DEFAULT_WEIGHTING,
  rowWeights,
} from './row-weights.ts';
import type { DivergenceOptions } from './types.ts';

export interface ContributionOptions extends DivergenceOptions {
  /** Bins over [0, 1] that the rows are sorted into. Default: those of a `gradient-histogram` weighting, else 10. */
  readonly bins?: number;
}

/**
 * What the rows of each gradient length contribute to the gradient (Fig 4). With `L = Σ_i w_i D_KL(p'_i ‖ p_i)` the gradient with respect to
 * row i of the source is `w_i (p_i - p'_i)`, whose L1 length is `w_i g_i`; a bin's contribution is the sum over its rows. Uniform weights,
 * `1 / N`, give a bin its share of the rows times their length; those of Eq 5, `1 / (M R_j)`, the mean length over M: a straight line.
 *
 * @param target logits `[N, C]` that give p' (no gradient)
 * @param source logits `[N, C]` that give p
 * @returns `counts [M]`, the rows in each of M equal bins over [0, 1] (longer ones in the last), and `contributions [M]`, whose sum is the L1
 *   norm of the loss' gradient with respect to `source`. No gradient flows through either. The caller disposes of both.
 * @throws if the shapes differ or an option is out of range
 */
export function gradientContributions(
  target: Tensor2D,
  source: Tensor2D,
  options: ContributionOptions,
): { counts: Tensor1D; contributions: Tensor1D } {
  const caller = 'gradientContributions';
  const { activation, weighting = DEFAULT_WEIGHTING } = options;
  const own = weighting.kind === 'gradient-histogram' ? weighting.bins : undefined;
  const bins = options.bins ?? own ?? DEFAULT_BINS;
  checkActivation(activation, caller);
  checkWeighting(weighting, caller);
  checkBins(bins, 'bins', caller);
  checkSameShape(target, 'target', source, 'source', caller);
  const rows = source.shape[0];
  if (rows === 0) return { counts: zeros([bins]), contributions: zeros([bins]) };
  return tidy(() => {
    const lengths = detached(source, () => gradientLengths(probabilityDifference(target, source, activation)));
    const membership = detached(source, () => binMembership(lengths, bins));
    const contributions = detached(source, () => {
      const weights = rowWeights(weighting, activation, lengths, () => divergences(target, source, activation));
      return reshape(matMul(reshape(mul(weights, lengths), [1, rows]), membership), [bins]) as Tensor1D;
    });
    return { counts: detached(source, () => sum(membership, 0) as Tensor1D), contributions };
  });
}
