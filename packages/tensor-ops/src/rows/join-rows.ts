import { concat, zeros } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/**
 * The rows of all parts `[N_i, columns]`, one part after the other: of a single part the part itself, of none
 * `[0, columns]`.
 */
export function joinRows(parts: readonly Tensor2D[], columns: number): Tensor2D {
  if (parts.length === 0) return zeros([0, columns]);
  return parts.length === 1 ? parts[0]! : concat([...parts], 0);
}
