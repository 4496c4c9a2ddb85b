import { sum, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkNames } from '@sed/tensor-ops/arguments';
import { checkedPair } from './checks.ts';
import { gradientLengths } from './compare.ts';
import { detached } from './detached.ts';
import { checkActivation, checkBins, DEFAULT_BINS } from './options.ts';
import { binMembership } from './row-weights.ts';
import type { Activation } from './types.ts';

export interface HistogramOptions {
  readonly activation: Activation;
  /** M of Eq 5, default 10. */
  readonly bins?: number;
}

/**
 * The histogram of Eq 5 and Fig 4: how many rows have a gradient of which length.
 *
 * @param target logits `[N, C]` of the distribution p' that is aimed at (the teacher's)
 * @param source logits `[N, C]` of the distribution p that learns
 * @returns `lengths [N]`, `g_i = Σ_c |p_c - p'_c|`, the L1 length of a row's gradient, in [0, 2] for softmax and [0, C]
 *   for sigmoid; `counts [M]`, the rows in each of M equal bins over [0, 1], longer ones in the last. No gradient flows
 *   through either. The caller disposes of both.
 * @throws Error where target and source are no rows of one shape, or an option is unknown or out of range
 */
export function gradientHistogram(
  target: Tensor,
  source: Tensor,
  options: HistogramOptions,
): { counts: Tensor1D; lengths: Tensor1D } {
  const caller = 'gradientHistogram';
  checkNames(caller, 'options', options, ['activation', 'bins']);
  const { activation, bins = DEFAULT_BINS } = options;
  checkActivation(caller, activation);
  checkBins(caller, 'options.bins', bins);
  const [targetRows, sourceRows] = checkedPair(caller, 'target', target, 'source', source);
  if (sourceRows.shape[0] === 0) return { counts: zeros([bins]), lengths: zeros([0]) };
  return tidy(() => {
    const lengths = gradientLengths(targetRows, sourceRows, activation);
    const counts = detached(sourceRows, () => sum<Tensor1D>(binMembership(lengths, bins), 0));
    return { counts, lengths };
  });
}
