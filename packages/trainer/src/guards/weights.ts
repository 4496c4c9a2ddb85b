/** Whether the numbers that a run keeps are finite: a checkpoint of others is nothing to go on from. */
import { squaredNorm } from '@sed/tensor-ops/update';
import * as tf from '@tensorflow/tfjs-core';
import { afterNotFinite, NotFiniteError } from './finite.ts';

/**
 * The first tensor that has a value which is not finite, with that value.
 * One reduction where all is well; only where that overflows is each tensor looked at.
 */
export function firstNotFinite(
  tensors: ReadonlyMap<string, tf.Tensor>,
): { readonly name: string; readonly value: number } | undefined {
  if (tensors.size === 0) return undefined;
  const sum = tf.tidy(() => squaredNorm([[...tensors.values()]]).dataSync()[0]!);
  if (Number.isFinite(sum)) return undefined;
  for (const [name, tensor] of tensors) {
    const value = tensor.dataSync<'float32'>().find((v) => !Number.isFinite(v));
    if (value !== undefined) return { name, value };
  }
  return undefined;
}

/**
 * Refuses an update that left weights which are not finite.
 * @param at `step` is the number of the update, from 1; `checkpoint` the folder of the last one
 * @throws NotFiniteError that names the first such variable
 */
export function requireFiniteWeights(
  tensors: ReadonlyMap<string, tf.Tensor>,
  at: { readonly what: string; readonly step: number; readonly lr?: number; readonly checkpoint: string | undefined },
): void {
  const found = firstNotFinite(tensors);
  if (!found) return;
  const rate = at.lr === undefined ? '' : ` (${at.lr.toPrecision(3)})`;
  throw new NotFiniteError(
    `Step ${at.step}: ${at.what} ${found.name} has the value ${found.value} after the update, though losses and gradient were finite. ` +
      'The run stops; no checkpoint of these weights is written.\n' +
      `Likely causes: a learning rate${rate} far too high, or pretrained weights that are damaged. Lower "optimizer.lr" or set "optimizer.clip" (10).\n` +
      afterNotFinite(at.checkpoint),
  );
}
