import { checkPair } from './checks.ts';
import { boxWeights, checkRegression, regressionDivisor, squaredDistance } from './regression.ts';
import type { ConsistencyLoss, ConsistencyOptions, Predictions } from './types.ts';
import { checkOptions, directedDivergence } from './weighted-divergence.ts';

/**
 * Eq 3, self-distillation: the student on the strong view shall predict what the teacher predicts on the weak view. Soft
 * targets for every row, no threshold.
 *
 * classification `D(sg P(X', θt) ‖ P(X, θs))`, re-weighted by Eq 5 (default) or as asked;
 * regression `‖sg R(X', θt) - R(X, θs)‖²`, mean over rows.
 *
 * @param teacher predictions on the weak view, `logits [N, C]`, `deltas [N, D]`; they get no gradient
 * @param student predictions on the strong view of the same geometry, in the same order
 * @returns two scalars, not multiplied by λ; the caller disposes of them
 * @throws if the rows do not pair, an option is out of range, or tfjs has no gradients
 */
export function selfDistillationLoss(
  teacher: Predictions,
  student: Predictions,
  options: ConsistencyOptions,
): ConsistencyLoss {
  const caller = 'selfDistillationLoss';
  checkPair(teacher, 'teacher', student, 'student', caller);
  const weighting = checkOptions(teacher.logits, 'teacher.logits', student.logits, 'student.logits', options, caller);
  checkRegression(options, teacher.logits.shape[1], teacher.deltas.shape[1], caller);
  const { activation } = options;
  const weights = boxWeights(options, teacher.logits);
  const divisor = regressionDivisor(options, teacher.deltas.shape[1], caller);
  return {
    classification: directedDivergence(teacher.logits, student.logits, activation, weighting),
    regression: squaredDistance(teacher.deltas, student.deltas, weights, divisor, false),
  };
}
