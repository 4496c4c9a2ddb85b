/**
 * Shapes: `N` rows (anchors, RoIs or queries), `C` values of a class vector, `D` values of a box delta, `M` bins.
 */
import type { LevelPredictions } from '@sed/tensor-ops';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** How logits become probabilities: one distribution a row (background last), or `C` independent Bernoullis. */
export type Activation = 'softmax' | 'sigmoid';

/**
 * Raw outputs of a detection head, row by row: `logits [N, C]` before the activation, `deltas [N, D]`. The type takes
 * tensors of any rank; the rank is checked when a loss is called. `joinLevels` makes rows of the levels of a pyramid.
 */
export type Predictions<T extends Tensor = Tensor> = LevelPredictions<T>;

/**
 * How the rows are weighed in the classification losses (Eq 5 and Tab 10). No gradient flows through a weight.
 *
 * - `gradient-histogram`: the paper's. `1 / (M R_idx(g))`; `bins` is M, default 10. The counts R are of all rows that
 *   are passed: of all levels of a pyramid where they are joined, as the paper's, or of one level where each is passed
 *   alone.
 * - `uniform`: the plain mean, `1 / N`.
 * - `ohem`: the mean of the rows with the largest divergence (online hard example mining). `keep` is their number, or,
 *   below 1, their share of N. Rows that tie with the last one are kept as well.
 * - `focal`: the mean weighted by `d^gamma` (gamma 2 by default), `d` the row's distance: `g / 2` for softmax, which is
 *   focal loss' `1 - p` where the target is one-hot, and `g` for sigmoid. Normalized by the sum of the weights.
 */
export type Weighting =
  | { readonly kind: 'gradient-histogram'; readonly bins?: number }
  | { readonly kind: 'uniform' }
  | { readonly kind: 'ohem'; readonly keep: number }
  | { readonly kind: 'focal'; readonly gamma?: number };

/**
 * How the rows are weighed in the regression losses.
 *
 * - `mean`: the paper's, the mean over rows of the squared distance.
 * - `objectness`: `Σ w ‖ΔR‖² / Σ w`, with w the row's highest class probability (background not counted): the teacher's
 *   in distillation, the larger of the two views' in scale consistency. No gradient flows through w. Not in the paper:
 *   among thousands of anchors the plain mean has almost no gradient, and a small batch needs one.
 * - `class`: for a head with a box a class. The same over all boxes of all rows, each weighed by the probability of its
 *   own class: a detection uses the box of its class, and labels train no other. Softmax with `deltas [N, 4 (C - 1)]`
 *   or sigmoid with `[N, 4 C]`, class by class. Not in the paper.
 */
export type RegressionWeighting =
  { readonly kind: 'mean' } | { readonly kind: 'objectness' } | { readonly kind: 'class' };

export interface DivergenceOptions {
  readonly activation: Activation;
  /** Default `{ kind: 'gradient-histogram', bins: 10 }`. */
  readonly weighting?: Weighting;
}

export interface ConsistencyOptions extends DivergenceOptions {
  /** Default `{ kind: 'mean' }`. */
  readonly regression?: RegressionWeighting;
  /**
   * The squared distance of a row is divided by this. Default: the number of boxes in a row, `D / 4`, which is 1 for
   * class-agnostic deltas and the number of classes for class-specific ones (1 where D is no multiple of 4). 1 where
   * boxes are weighed by class.
   */
  readonly regressionDivisor?: number;
}

/**
 * The two parts of a consistency loss, unweighted by any λ. (A type and no interface, so that `tf.dispose` and
 * `tf.tidy` take it.)
 */
export type ConsistencyLoss = {
  readonly classification: Scalar;
  readonly regression: Scalar;
};
