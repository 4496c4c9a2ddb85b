import {
  cast,
  div,
  fill,
  floor,
  greaterEqual,
  matMul,
  maximum,
  minimum,
  mul,
  oneHot,
  ones,
  pow,
  relu,
  reshape,
  slice1d,
  sum,
  topk,
} from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { FullWeighting } from './options.ts';
import type { Activation, Weighting } from './types.ts';

/**
 * The bin of every row as a one-hot row, `[N, M]`, over M equal bins of [0, 1]; a longer gradient (possible where C >
 * 1) falls in the last bin. One-hot because it is the only count that every backend has a kernel for.
 */
export function binMembership(lengths: Tensor1D, bins: number): Tensor2D {
  if (bins === 1) return ones([lengths.shape[0], 1]); // oneHot refuses a depth of 1
  const index = minimum(floor(mul(lengths, bins)), bins - 1);
  // wasm writes integers whatever dtype one-hot is asked for, hence the second cast
  return cast(oneHot(cast(index, 'int32'), bins), 'float32') as Tensor2D;
}

/**
 * The weight of every row, `[N]`, such that the loss is `Σ_i w_i KL_i`. N must not be 0. The caller tidies.
 * @param lengths g of Eq 5, `[N]`
 * @param hardness gives KL a row, `[N]`; called only where a weighting asks for it
 */
export function rowWeights(
  weighting: FullWeighting,
  activation: Activation,
  lengths: Tensor1D,
  hardness: () => Tensor1D,
): Tensor1D {
  const rows = lengths.shape[0];
  switch (weighting.kind) {
    case 'gradient-histogram': {
      const { bins } = weighting;
      const membership = binMembership(lengths, bins);
      const counts = sum(membership, 0);
      // an empty bin has no rows that could ask for its weight
      const weightOfBin = div(1 / bins, maximum(counts, 1));
      return reshape(matMul(membership, reshape(weightOfBin, [bins, 1])), [rows]);
    }
    case 'uniform':
      return fill([rows], 1 / rows);
    case 'ohem': {
      const divergences = hardness();
      const keep = Math.min(rows, weighting.keep < 1 ? Math.ceil(weighting.keep * rows) : weighting.keep);
      const last = slice1d(topk(divergences, keep).values, keep - 1, 1);
      const kept = cast<Tensor1D>(greaterEqual(divergences, last), 'float32');
      return div(kept, sum(kept));
    }
    case 'focal': {
      const distance = activation === 'softmax' ? mul(lengths, 0.5) : lengths;
      const weights = pow<Tensor1D>(relu(distance), weighting.gamma);
      return div(weights, maximum(sum(weights), 1e-12));
    }
  }
}

/** Whether the weights depend on g alone, which is the same in both directions of a divergence. */
export const isSymmetric = (weighting: Weighting): boolean => weighting.kind !== 'ohem';
