import {
  customGrad,
  div,
  exp,
  expandDims,
  fill,
  logSumExp,
  max,
  maximum,
  mul,
  neg,
  sigmoid,
  slice,
  square,
  sub,
  sum,
  tidy,
} from '@tensorflow/tfjs-core';
import type { GradSaveFunc, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { detached, emptyLoss } from './detached.ts';
import type { Activation, ConsistencyOptions } from './types.ts';

/** Below any sum of probabilities that means something; keeps `Σ w ‖ΔR‖² / Σ w` finite. */
const TINY = 1e-12;

/** The highest class probability of every row, `[N]`; the last class of a softmax is the background and not counted. The caller tidies. */
export function objectness(logits: Tensor, activation: Activation): Tensor1D {
  if (activation === 'sigmoid') return sigmoid(max(logits, 1));
  const foreground = slice(logits, [0, 0], [-1, logits.shape[1]! - 1]);
  return exp(sub(max(foreground, 1), logSumExp(logits, 1)));
}

/** Number of boxes in a row of D values: class-specific deltas have one a class. */
export function regressionDivisor(options: ConsistencyOptions, values: number, caller: string): number {
  const divisor = options.regressionDivisor ?? (values > 0 && values % 4 === 0 ? values / 4 : 1);
  if (!(divisor > 0 && Number.isFinite(divisor))) {
    throw new Error(`${caller}: options.regressionDivisor is ${divisor}; it must be a number above 0.`);
  }
  return divisor;
}

/** Refuses an unknown kind, and objectness where the only softmax class is the background. */
export function checkRegression(options: ConsistencyOptions, classes: number, caller: string): void {
  const kind = options.regression?.kind ?? 'mean';
  if (kind !== 'mean' && kind !== 'objectness') {
    throw new Error(`${caller}: options.regression.kind is '${String(kind)}'; it must be 'mean' or 'objectness'.`);
  }
  if (kind === 'objectness' && options.activation === 'softmax' && classes < 2) {
    throw new Error(
      `${caller}: objectness is the highest probability of a class that is not the background, the last one, but the ` +
        `softmax logits have ${classes} column. Give logits [N, C + 1], or use regression 'mean'.`,
    );
  }
}

/**
 * `Σ_i v_i ‖a_i - b_i‖²` with v the normalised weights, over `divisor`.
 * @param weights gives the rows' weights `[N]`, or nothing for the plain mean; no gradient flows through them
 * @param aLearns whether a gets a gradient; if not, the loss is not connected to it
 */
export function squaredDistance(
  a: Tensor2D,
  b: Tensor2D,
  weights: (() => Tensor1D) | undefined,
  divisor: number,
  aLearns: boolean,
): Scalar {
  const rows = b.shape[0];
  if (rows === 0) return aLearns ? emptyLoss(a, b) : emptyLoss(b);
  return tidy(() => {
    const normalised = detached(b, () => {
      if (weights === undefined) return fill([rows, 1], 1 / (rows * divisor));
      const w = expandDims(weights(), 1);
      return div(w, mul(maximum(sum(w), TINY), divisor));
    });
    const value = (from: Tensor, to: Tensor): Scalar => sum(mul(normalised, square(sub(to, from))));
    const gradient = (dy: Tensor, [from, to, w]: Tensor[]): Tensor =>
      tidy(() => mul(sub(to!, from!), mul(w!, mul(dy, 2))));
    if (!aLearns) {
      const op = customGrad((...args) => {
        const [to, save] = args as [Tensor, GradSaveFunc];
        save([a, to, normalised]);
        return { value: value(a, to), gradFunc: gradient };
      });
      return op(b) as Scalar;
    }
    const op = customGrad((...args) => {
      const [from, to, save] = args as [Tensor, Tensor, GradSaveFunc];
      save([from, to, normalised]);
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
