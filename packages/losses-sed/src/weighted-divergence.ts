import { add, customGrad, expandDims, mul, neg, sum, tidy } from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { checkedPair, checkGradients } from './checks.ts';
import { compare } from './compare.ts';
import { detached, emptyLoss } from './detached.ts';
import { checkDivergenceOptions, type FullWeighting } from './options.ts';
import { isSymmetric, rowWeights } from './row-weights.ts';
import type { Activation, DivergenceOptions } from './types.ts';

/**
 * Eq 5: `L = Σ_i w_i D_KL(p'_i ‖ p_i)`, by default with the paper's weights `w_i = 1 / (M R_idx(g_i))`. The histogram R
 * is of the rows that are passed; the paper's is of all anchors of all levels of a pyramid at once, so join the levels
 * first (`joinLevels`).
 *
 * The target gets no gradient: the loss is not connected to it, so asking for its gradient alone is an error in tfjs.
 * No gradient flows through the weights. The source's gradient is exact and in closed form, `w_i (p_i - p'_i)`.
 *
 * @param target logits `[N, C]` that give p'
 * @param source logits `[N, C]` that give p
 * @returns a scalar; 0 where N is 0; the caller disposes of it
 * @throws Error where target and source are no rows of one shape, an option is unknown or out of range, or tfjs has no
 *   gradients
 */
export function weightedDivergence(target: Tensor, source: Tensor, options: DivergenceOptions): Scalar {
  const caller = 'weightedDivergence';
  const weighting = checkDivergenceOptions(caller, options);
  const [targetRows, sourceRows] = checkedPair(caller, 'target', target, 'source', source);
  checkGradients(caller);
  return directedDivergence(targetRows, sourceRows, options.activation, weighting);
}

/** Eq 5 in one direction, unchecked. */
export function directedDivergence(
  target: Tensor2D,
  source: Tensor2D,
  activation: Activation,
  weighting: FullWeighting,
): Scalar {
  if (source.shape[0] === 0) return emptyLoss(source);
  return tidy(() => {
    const { difference, lengths, directed } = compare(target, source, activation);
    const weights = detached(source, () => rowWeights(weighting, activation, lengths, () => directed));
    const op = customGrad((...args) => {
      const [, save] = args as [Tensor, GradSaveFunc];
      save([difference, weights]);
      return {
        value: sum(mul(weights, directed)),
        gradFunc: (dy, [d, w]) => tidy(() => mul(d!, expandDims(mul(w!, dy), 1))),
      };
    });
    return op(source) as Scalar;
  });
}

/**
 * The classification part of Eq 2, unchecked: `D(sg P ‖ P̂) + D(sg P̂ ‖ P)`, each direction weighted by itself.
 *
 * g is the same in both directions, and so are their histograms and weights (but OHEM's), so that both can be taken at
 * once.
 */
export function mutualDivergence(
  full: Tensor2D,
  reduced: Tensor2D,
  activation: Activation,
  weighting: FullWeighting,
): Scalar {
  if (full.shape[0] === 0) return emptyLoss(full, reduced);
  if (!isSymmetric(weighting)) {
    return tidy(() =>
      add(
        directedDivergence(full, reduced, activation, weighting),
        directedDivergence(reduced, full, activation, weighting),
      ),
    );
  }
  return tidy(() => {
    const compared = compare(full, reduced, activation);
    const { difference, lengths, symmetric } = compared;
    const weights = detached(full, () => rowWeights(weighting, activation, lengths, () => compared.directed));
    const op = customGrad((...args) => {
      const [, , save] = args as [Tensor, Tensor, GradSaveFunc];
      save([difference, weights]);
      return {
        value: sum(mul(weights, symmetric)),
        gradFunc: (dy, [d, w]) => {
          const db = tidy(() => mul(d!, expandDims(mul(w!, dy), 1)));
          return [neg(db), db];
        },
      };
    });
    return op(full, reduced) as Scalar;
  });
}
