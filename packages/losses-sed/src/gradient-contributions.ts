import { matMul, mul, reshape, sum, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkedPair } from './checks.ts';
import { compare, gradientLengths } from './compare.ts';
import { detached } from './detached.ts';
import { checkBins, checkDivergenceOptions, DEFAULT_BINS } from './options.ts';
import { binMembership, rowWeights } from './row-weights.ts';
import type { DivergenceOptions } from './types.ts';

export interface ContributionOptions extends DivergenceOptions {
  /** Bins over [0, 1] that the rows are sorted into. Default: those of a `gradient-histogram` weighting, else 10. */
  readonly bins?: number;
}

/**
 * What the rows of each gradient length contribute to the gradient (Fig 4). With `L = Σ_i w_i D_KL(p'_i ‖ p_i)` the
 * gradient with respect to row i of the source is `w_i (p_i - p'_i)`, whose L1 length is `w_i g_i`; a bin's
 * contribution is the sum over its rows. Uniform weights, `1 / N`, give a bin its share of the rows times their length;
 * those of Eq 5, `1 / (M R_j)`, the mean length over M: a straight line.
 *
 * @param target logits `[N, C]` that give p' (no gradient)
 * @param source logits `[N, C]` that give p
 * @returns `counts [M]`, the rows in each of M equal bins over [0, 1] (longer ones in the last), and
 *   `contributions [M]`, whose sum is the L1 norm of the loss' gradient with respect to `source`. No gradient flows
 *   through either. The caller disposes of both.
 * @throws Error where target and source are no rows of one shape, or an option is unknown or out of range
 */
export function gradientContributions(
  target: Tensor,
  source: Tensor,
  options: ContributionOptions,
): { counts: Tensor1D; contributions: Tensor1D } {
  const caller = 'gradientContributions';
  const weighting = checkDivergenceOptions(caller, options, ['bins']);
  const { activation, bins = weighting.kind === 'gradient-histogram' ? weighting.bins : DEFAULT_BINS } = options;
  checkBins(caller, 'options.bins', bins);
  const [targetRows, sourceRows] = checkedPair(caller, 'target', target, 'source', source);
  const rows = sourceRows.shape[0];
  if (rows === 0) return { counts: zeros([bins]), contributions: zeros([bins]) };
  return tidy(() => {
    const lengths = gradientLengths(targetRows, sourceRows, activation);
    const membership = detached(sourceRows, () => binMembership(lengths, bins));
    const contributions = detached(sourceRows, () => {
      const hardness = () => compare(targetRows, sourceRows, activation).directed;
      const weights = rowWeights(weighting, activation, lengths, hardness);
      return reshape<Rank.R1>(matMul(reshape(mul(weights, lengths), [1, rows]), membership), [bins]);
    });
    return { counts: detached(sourceRows, () => sum<Tensor1D>(membership, 0)), contributions };
  });
}
