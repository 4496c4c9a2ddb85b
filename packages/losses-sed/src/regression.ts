import {
  customGrad,
  div,
  expandDims,
  fill,
  maximum,
  mul,
  neg,
  reshape,
  square,
  sub,
  sum,
  tidy,
  tile,
} from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { checkForeground, classProbabilities, highestOfRows } from './class-probabilities.ts';
import { detached, emptyLoss } from './detached.ts';
import type { ConsistencyOptions, Predictions } from './types.ts';

/** Below any sum of probabilities that means something; keeps `Σ w ‖ΔR‖² / Σ w` finite. */
const TINY = 1e-12;

/**
 * What weighs the boxes, `[N, 1]` or `[N, C]`, the larger of the views where there are two; nothing for the plain mean.
 * The caller tidies.
 */
export function boxWeights(options: ConsistencyOptions, ...views: readonly Tensor2D[]): (() => Tensor2D) | undefined {
  const { activation } = options;
  const kind = options.regression?.kind ?? 'mean';
  if (kind === 'mean') return undefined;
  return () =>
    views
      .map((logits): Tensor2D =>
        kind === 'class' ? classProbabilities(logits, activation) : expandDims(highestOfRows(logits, activation), 1),
      )
      .reduce((a, b) => maximum(a, b));
}

/** Number of boxes in a row of D values: class-specific deltas have one a class. */
export function regressionDivisor(options: ConsistencyOptions, values: number): number {
  const boxes = options.regression?.kind !== 'class' && values > 0 && values % 4 === 0 ? values / 4 : 1;
  return options.regressionDivisor ?? boxes;
}

/** Refuses `objectness` where the only softmax class is the background, and `class` where there is no box a class. */
export function checkRegression(
  caller: string,
  { activation, regression }: ConsistencyOptions,
  { logits, deltas }: Predictions<Tensor2D>,
): void {
  const [classes, values] = [logits.shape[1], deltas.shape[1]];
  const boxed = activation === 'softmax' ? classes - 1 : classes;
  if (regression?.kind === 'class' && !(boxed > 0 && values === 4 * boxed)) {
    throw new Error(
      `${caller}: regression 'class' weighs the box of each class, but there are ${values} deltas a row for ${boxed} classes ` +
        `(the background has none). Give deltas [N, ${4 * Math.max(1, boxed)}], or use regression 'objectness'.`,
    );
  }
  if (regression?.kind === 'objectness') checkForeground(caller, logits, activation);
}

/**
 * `Σ_i v_i ‖a_i - b_i‖²` with v the normalized weights, over `divisor`.
 * @param weights gives the weights of the rows `[N, 1]` or of each of their boxes `[N, D / 4]`, or nothing for the
 *   plain mean; no gradient flows through them
 * @param aLearns whether a gets a gradient; if not, the loss is not connected to it
 */
export function squaredDistance(
  a: Tensor2D,
  b: Tensor2D,
  weights: (() => Tensor2D) | undefined,
  divisor: number,
  aLearns: boolean,
): Scalar {
  const rows = b.shape[0];
  if (rows === 0) return aLearns ? emptyLoss(a, b) : emptyLoss(b);
  return tidy(() => {
    const normalized = detached(b, () => {
      if (weights === undefined) return fill([rows, 1], 1 / (rows * divisor));
      const w = weights();
      const shares = div(w, mul(maximum(sum(w), TINY), divisor));
      const boxes = w.shape[1];
      return boxes === 1 ? shares : reshape(tile(expandDims(shares, 2), [1, 1, 4]), [rows, 4 * boxes]);
    });
    const value = (from: Tensor, to: Tensor): Scalar => sum(mul(normalized, square(sub(to, from))));
    const gradient = (dy: Tensor, [from, to, w]: Tensor[]): Tensor =>
      tidy(() => mul(sub(to!, from!), mul(w!, mul(dy, 2))));
    if (!aLearns) {
      const op = customGrad((...args) => {
        const [to, save] = args as [Tensor, GradSaveFunc];
        save([a, to, normalized]);
        return { value: value(a, to), gradFunc: gradient };
      });
      return op(b);
    }
    const op = customGrad((...args) => {
      const [from, to, save] = args as [Tensor, Tensor, GradSaveFunc];
      save([from, to, normalized]);
      return {
        value: value(from, to),
        gradFunc: (dy, saved) => {
          const dTo = gradient(dy, saved);
          return [neg(dTo), dTo];
        },
      };
    });
    return op(a, b) as Scalar;
  });
}
