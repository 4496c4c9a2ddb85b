/** A student under training: its detector, its parameters, and which of them are trained. */
import type { Detector, ImageBatchOptions, Parameters } from '@sed/detectors';
import type { Variable } from '@tensorflow/tfjs-core';

export interface Model<F = unknown> {
  readonly detector: Detector<F>;
  /** All parameters; the trained ones are variables. */
  readonly student: Parameters;
  readonly trainable: ReadonlyMap<string, Variable>;
  /** How views become a batch. */
  readonly batching: ImageBatchOptions;
}
