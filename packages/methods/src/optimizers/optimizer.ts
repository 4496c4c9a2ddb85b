/** What moves the weights of a trained network. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * Gradients of all variables: for each of the optimizer's buckets the variables' own, or where the backend is better
 * off with it one vector. Dispose with {@link Optimizer.step} or `tf.dispose`.
 */
export type Gradients = Tensor[][];

export interface Optimizer {
  /** Takes the gradients over. A variable without a gradient gets zeros. */
  collect(gradients: ReadonlyMap<string, Tensor>): Gradients;
  /** `sum += more`, in place. `more` is disposed. */
  accumulate(sum: Gradients, more: Gradients): void;
  /** Global L2 norm of the sum of one or two terms, a scalar. */
  norm(terms: readonly Gradients[]): Scalar;
  /** Updates the variables in place with `scale ·` the sum of one or two terms, and disposes the terms. */
  step(terms: readonly Gradients[], lr: number, scale?: number): void;
  /** What it remembers, by variable name, in the variables' shapes. The caller owns the tensors. */
  state(): Map<string, Tensor>;
  /** The reverse of `state`. The tensors stay the caller's. */
  restore(state: ReadonlyMap<string, Tensor>): void;
  dispose(): void;
}
