/** Names, inputs and attributes of the kernels of losses: a contract as `convolution/kernels.ts`. */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** `logits [N, C]`, int32 `labels [N]` (-1 for none), `weights [N]` → `loss []` = Σ_n weights_n Σ_c focal, and its gradient by `logits`. */
export const SED_FOCAL_LOSS = 'SedFocalLoss';

export interface FocalLossInputs<T = TensorInfo> {
  readonly logits: T;
  readonly labels: T;
  readonly weights: T;
}
export interface FocalLossAttributes {
  /** Weight of the class that is there, 1 - alpha that of the others; negative for no weighting. */
  readonly alpha: number;
  /** How much easy values count less, 0 or more. */
  readonly gamma: number;
}

/** `target`, `source` `[N, C]` → what `compareBernoulli` gives: difference `[N, C]`, lengths, directed and symmetric `[N]`. */
export const SED_COMPARE_BERNOULLI = 'SedCompareBernoulli';
