import { checkedPredictions, checkGradients } from './checks.ts';
import { checkConsistencyOptions } from './options.ts';
import { boxWeights, checkRegression, regressionDivisor, squaredDistance } from './regression.ts';
import type { ConsistencyLoss, ConsistencyOptions, Predictions } from './types.ts';
import { mutualDivergence } from './weighted-divergence.ts';

/**
 * Eq 2, scale consistency: the predictions on an image X and on its reduced copy X̂ shall agree.
 *
 * classification `D(sg P(X) ‖ P(X̂)) + D(sg P(X̂) ‖ P(X))`, each direction re-weighted by Eq 5 (default) or as asked;
 * regression `‖R(X) - R(X̂)‖²`, mean over rows, with no stop-gradient: both views move.
 *
 * The histograms and means are of all rows that are passed. The paper's are of all levels of the pyramid at once: pair
 * the levels (`pairPyramids`), join those of each view (`joinLevels`), and call this once.
 *
 * @param full predictions on X, rows of the levels f: `logits [N, C]`, `deltas [N, D]`
 * @param reduced predictions on X̂ (X reduced by 2^s), rows of the levels f - s, in the same order
 * @returns two scalars, not multiplied by λ; the caller disposes of them
 * @throws Error where the predictions are no rows or do not pair, an option is unknown or out of range, or tfjs has no
 *   gradients
 */
export function scaleConsistencyLoss(
  full: Predictions,
  reduced: Predictions,
  options: ConsistencyOptions,
): ConsistencyLoss {
  const caller = 'scaleConsistencyLoss';
  const weighting = checkConsistencyOptions(caller, options);
  const [x, y] = checkedPredictions(caller, 'full', full, 'reduced', reduced);
  checkRegression(caller, options, x);
  checkGradients(caller);
  const { activation } = options;
  const weights = boxWeights(options, x.logits, y.logits);
  const divisor = regressionDivisor(options, x.deltas.shape[1]);
  return {
    classification: mutualDivergence(x.logits, y.logits, activation, weighting),
    regression: squaredDistance(x.deltas, y.deltas, weights, divisor, true),
  };
}
