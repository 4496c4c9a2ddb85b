import { dispose } from '@tensorflow/tfjs-core';
import type { TensorContainer } from '@tensorflow/tfjs-core';

/**
 * Frees every tensor in objects of this package: forward passes, batches, predictions. It is tfjs's `dispose`, whose
 * type knows no read-only fields. Weights are Maps, which that does not look into: `tf.dispose([...weights.values()])`.
 */
export function disposeTensors(...owners: readonly object[]): void {
  dispose(owners as unknown as TensorContainer);
}
