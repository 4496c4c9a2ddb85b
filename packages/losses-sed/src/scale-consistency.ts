import { checkPair } from './checks.ts';
import { boxWeights, checkRegression, regressionDivisor, squaredDistance } from './regression.ts';
import type { ConsistencyLoss, ConsistencyOptions, Predictions } from './types.ts';
import { checkOptions, mutualDivergence } from './weighted-divergence.ts';

/**
 * Eq 2, scale consistency: the predictions on an image X and on its reduced copy X̂ shall agree.
 *
 * classification `D(sg P(X) ‖ P(X̂)) + D(sg P(X̂) ‖ P(X))`, each direction re-weighted by Eq 5 (default) or as asked;
 * regression `‖R(X) - R(X̂)‖²`, mean over rows, with no stop-gradient: both views move.
 *
 * @param full predictions on X, rows of level f: `logits [N, C]`, `deltas [N, D]`
 * @param reduced predictions on X̂ (X reduced by 2^s), rows of level f - s, in the same order
 * @returns two scalars, not multiplied by λ; the caller disposes of them
 * @throws if the rows do not pair, an option is out of range, or tfjs has no gradients
 */
export function scaleConsistencyLoss(
  full: Predictions,
  reduced: Predictions,
  options: ConsistencyOptions,
): ConsistencyLoss {
  const caller = 'scaleConsistencyLoss';
  checkPair(full, 'full', reduced, 'reduced', caller);
  const weighting = checkOptions(full.logits, 'full.logits', reduced.logits, 'reduced.logits', options, caller);
  checkRegression(options, full.logits.shape[1], full.deltas.shape[1], caller);
  const { activation } = options;
  const weights = boxWeights(options, full.logits, reduced.logits);
  const divisor = regressionDivisor(options, full.deltas.shape[1], caller);
  return {
    classification: mutualDivergence(full.logits, reduced.logits, activation, weighting),
    regression: squaredDistance(full.deltas, reduced.deltas, weights, divisor, true),
  };
}
