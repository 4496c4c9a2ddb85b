import type { Scalar } from '@tensorflow/tfjs-core';
import type { AssignOptions, Detector, Target } from './types.ts';

/**
 * The supervised losses of a forward pass by name, unweighted: `detector.assign`, then `detector.losses`.
 * Differentiable; the caller owns them.
 * @param targets one an image
 * @throws as `assign` does
 */
export function supervisedLosses<F extends object, A>(
  detector: Pick<Detector<F, A>, 'assign' | 'losses'>,
  forward: F,
  targets: readonly Target[],
  options?: AssignOptions,
): Record<string, Scalar> {
  return detector.losses(forward, detector.assign(targets, forward, options));
}
