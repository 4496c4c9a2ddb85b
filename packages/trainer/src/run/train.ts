import type { RunConfig } from '../config/schema.ts';
import type { TrainOptions, TrainResult } from './types.ts';

/** Trains as the config says, in `options.out`. The caller has prepared the backend (and its gradients: `@tensorflow/tfjs`). */
export async function train(config: RunConfig, options: TrainOptions): Promise<TrainResult> {
  throw new Error(`the training loop is being written (${config.method.kind}, ${options.out})`);
}
