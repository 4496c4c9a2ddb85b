/** Names, inputs and attributes of the kernels that fold a batch norm into a convolution: a contract as `convolution/kernels.ts`. */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** `gamma`, `beta`, `mean`, `variance` `[C]` → `scale [C]` = γ / √(σ² + ε) and `bias [C]` = β - μ · scale. */
export const SED_NORM_AFFINE = 'SedNormAffine';
/** `filter [kh,kw,I,C]` or `[kh,kw,C,1]`, `gamma`, `beta`, `mean`, `variance` → `filter · scale` and `bias`. */
export const SED_FOLD_NORM = 'SedFoldNorm';
/** `dfolded`, `dbias`, `filter`, `gamma`, `mean`, `variance` → gradients of `filter` and `gamma`; that of `beta` is `dbias`. */
export const SED_FOLD_NORM_GRADIENT = 'SedFoldNormGradient';

/** Attributes of the three. */
export interface NormAttributes {
  /** ε, added to the variance. */
  readonly epsilon: number;
}

/** The four vectors of a batch norm in eval mode; inputs of `SedNormAffine`. */
export interface NormInputs<T = TensorInfo> {
  readonly gamma: T;
  readonly beta: T;
  readonly mean: T;
  readonly variance: T;
}
/** Inputs of `SedFoldNorm`. */
export interface FoldNormInputs<T = TensorInfo> extends NormInputs<T> {
  readonly filter: T;
}
/** Inputs of `SedFoldNormGradient`. */
export interface FoldNormGradientInputs<T = TensorInfo> {
  readonly dfolded: T;
  readonly dbias: T;
  readonly filter: T;
  readonly gamma: T;
  readonly mean: T;
  readonly variance: T;
}
