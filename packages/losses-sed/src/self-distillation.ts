import { checkedPredictions, checkGradients } from './checks.ts';
import { checkConsistencyOptions } from './options.ts';
import { boxWeights, checkRegression, regressionDivisor, squaredDistance } from './regression.ts';
import type { ConsistencyLoss, ConsistencyOptions, Predictions } from './types.ts';
import { directedDivergence } from './weighted-divergence.ts';

/**
 * Eq 3, self-distillation: the student on the strong view shall predict what the teacher predicts on the weak view.
 * Soft targets for every row, no threshold.
 *
 * classification `D(sg P(X', θt) ‖ P(X, θs))`, re-weighted by Eq 5 (default) or as asked;
 * regression `‖sg R(X', θt) - R(X, θs)‖²`, mean over rows.
 *
 * The histogram and the mean are of all rows that are passed. The paper's are of all levels of the pyramid at once:
 * join them (`joinLevels`), and call this once.
 *
 * @param teacher predictions on the weak view, `logits [N, C]`, `deltas [N, D]`; they get no gradient
 * @param student predictions on the strong view of the same geometry, in the same order
 * @returns two scalars, not multiplied by λ; the caller disposes of them
 * @throws Error where the predictions are no rows or do not pair, an option is unknown or out of range, or tfjs has no
 *   gradients
 */
export function selfDistillationLoss(
  teacher: Predictions,
  student: Predictions,
  options: ConsistencyOptions,
): ConsistencyLoss {
  const caller = 'selfDistillationLoss';
  const weighting = checkConsistencyOptions(caller, options);
  const [x, y] = checkedPredictions(caller, 'teacher', teacher, 'student', student);
  checkRegression(caller, options, x);
  checkGradients(caller);
  const { activation } = options;
  const weights = boxWeights(options, x.logits);
  const divisor = regressionDivisor(options, x.deltas.shape[1]);
  return {
    classification: directedDivergence(x.logits, y.logits, activation, weighting),
    regression: squaredDistance(x.deltas, y.deltas, weights, divisor, false),
  };
}
