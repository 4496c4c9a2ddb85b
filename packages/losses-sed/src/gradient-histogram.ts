import { sum, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { checkActivation, checkSameShape } from './checks.ts';
import { gradientLengths, probabilityDifference } from './compare.ts';
import { detached } from './detached.ts';
import { binMembership, checkBins, DEFAULT_BINS } from './row-weights.ts';
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
 * @returns `lengths [N]`, `g_i = Σ_c |p_c - p'_c|`, the L1 length of a row's gradient, in [0, 2] for softmax and [0, C] for
 *   sigmoid; `counts [M]`, the rows in each of M equal bins over [0, 1], longer ones in the last. No gradient flows through
 *   either. The caller disposes of both.
 */
export function gradientHistogram(
  target: Tensor2D,
  source: Tensor2D,
  options: HistogramOptions,
): { counts: Tensor1D; lengths: Tensor1D } {
  const bins = options.bins ?? DEFAULT_BINS;
  checkActivation(options.activation, 'gradientHistogram');
  checkBins(bins, 'bins', 'gradientHistogram');
  checkSameShape(target, 'target', source, 'source', 'gradientHistogram');
  if (source.shape[0] === 0) return { counts: zeros([bins]), lengths: zeros([0]) };
  return tidy(() => {
    const lengths = detached(source, () => gradientLengths(probabilityDifference(target, source, options.activation)));
    const counts = detached(source, () => sum(binMembership(lengths, bins), 0) as Tensor1D);
    return { counts, lengths };
  });
}
