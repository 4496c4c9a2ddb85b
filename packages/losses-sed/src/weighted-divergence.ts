import { compareBernoulli, type BernoulliComparison } from '@sed/tensor-ops';
import { add, customGrad, expandDims, mul, neg, sum, tidy } from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { checkActivation, checkGradients, checkSameShape } from './checks.ts';
import { divergences, gradientLengths, probabilityDifference, symmetricDivergences } from './compare.ts';
import { detached, emptyLoss } from './detached.ts';
import { checkWeighting, DEFAULT_WEIGHTING, isSymmetric, rowWeights } from './row-weights.ts';
import type { Activation, DivergenceOptions, Weighting } from './types.ts';

/**
 * Eq 5: `L = Σ_i w_i D_KL(p'_i ‖ p_i)`, by default with the paper's weights `w_i = 1 / (M R_idx(g_i))`.
 *
 * The target gets no gradient: the loss is not connected to it, so asking for its gradient alone is an error in tfjs.
 * No gradient flows through the weights. The source's gradient is exact and in closed form, `w_i (p_i - p'_i)`.
 *
 * @param target logits `[N, C]` that give p'
 * @param source logits `[N, C]` that give p
 * @returns a scalar; 0 where N is 0
 * @throws if the shapes differ, an option is out of range, or tfjs has no gradients
 */
export function weightedDivergence(target: Tensor2D, source: Tensor2D, options: DivergenceOptions): Scalar {
  const weighting = checkOptions(target, 'target', source, 'source', options, 'weightedDivergence');
  return directedDivergence(target, source, options.activation, weighting);
}

/** Eq 5 in one direction, unchecked. */
export function directedDivergence(
  target: Tensor2D,
  source: Tensor2D,
  activation: Activation,
  weighting: Weighting,
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
 * g is the same in both directions, and so are their histograms and weights (but OHEM's), so that both can be taken at once.
 */
export function mutualDivergence(
  full: Tensor2D,
  reduced: Tensor2D,
  activation: Activation,
  weighting: Weighting,
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

/** What both directions need; of a softmax each part as it is asked for. */
function compare(target: Tensor2D, source: Tensor2D, activation: Activation): BernoulliComparison {
  if (activation === 'sigmoid') return compareBernoulli(target, source);
  const difference = detached(source, () => probabilityDifference(target, source, activation) as Tensor2D);
  return {
    difference,
    get lengths() {
      return detached(source, () => gradientLengths(difference));
    },
    get directed() {
      return detached(source, () => divergences(target, source, activation));
    },
    get symmetric() {
      return detached(source, () => symmetricDivergences(difference, target, source, activation));
    },
  };
}

/** Checks everything that Eq 5 asks of its arguments and fills in the default weighting. */
export function checkOptions(
  target: Tensor2D,
  targetName: string,
  source: Tensor2D,
  sourceName: string,
  options: DivergenceOptions,
  caller: string,
): Weighting {
  const weighting = options.weighting ?? DEFAULT_WEIGHTING;
  checkActivation(options.activation, caller);
  checkWeighting(weighting, caller);
  checkSameShape(target, targetName, source, sourceName, caller);
  checkGradients(caller);
  return weighting;
}
