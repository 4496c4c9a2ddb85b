/** What the tensors that are passed to a loss must be. Errors begin with the function that was called. */
import { checkTensor, shapeOf, shown } from '@sed/tensor-ops/arguments';
import { getGradient } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Predictions } from './types.ts';

/** @returns the tensor, whose rank is known now */
export function checkedRows(caller: string, name: string, values: Tensor): Tensor2D {
  checkTensor(caller, name, values, [2], 'of rank 2, rows [N, values]; joinLevels makes them of maps [B, H, W, A·C]');
  return values as Tensor2D;
}

/** Two matrices whose rows are about the same places. */
export function checkedPair(caller: string, aName: string, a: Tensor, bName: string, b: Tensor): [Tensor2D, Tensor2D] {
  const rows: [Tensor2D, Tensor2D] = [checkedRows(caller, aName, a), checkedRows(caller, bName, b)];
  if (a.shape[0] !== b.shape[0]) {
    throw new Error(
      `${caller}: ${aName} ${shapeOf(a)} and ${bName} ${shapeOf(b)} have different numbers of rows, so they are not about ` +
        'the same places. The grids of both views must be equal: pad the height and width of the full view to a multiple ' +
        'of 32·2^S (S the largest shift), reduce exactly that padded tensor, and pair level f with level f - s.',
    );
  }
  if (a.shape[1] !== b.shape[1]) {
    throw new Error(
      `${caller}: ${aName} ${shapeOf(a)} and ${bName} ${shapeOf(b)} have different numbers of columns; both must come from ` +
        'the same kind of head.',
    );
  }
  return rows;
}

/** A pair of predictions: equal shapes, and as many rows of deltas as of logits. */
export function checkedPredictions(
  caller: string,
  aName: string,
  a: Predictions,
  bName: string,
  b: Predictions,
): [Predictions<Tensor2D>, Predictions<Tensor2D>] {
  checkPredictions(caller, aName, a);
  checkPredictions(caller, bName, b);
  const [aLogits, bLogits] = checkedPair(caller, `${aName}.logits`, a.logits, `${bName}.logits`, b.logits);
  const [aDeltas, bDeltas] = checkedPair(caller, `${aName}.deltas`, a.deltas, `${bName}.deltas`, b.deltas);
  if (aLogits.shape[0] !== aDeltas.shape[0]) {
    throw new Error(
      `${caller}: ${aName}.logits ${shapeOf(aLogits)} and ${aName}.deltas ${shapeOf(aDeltas)} have different numbers of ` +
        'rows; both need one row an anchor, RoI or query.',
    );
  }
  return [
    { logits: aLogits, deltas: aDeltas },
    { logits: bLogits, deltas: bDeltas },
  ];
}

function checkPredictions(caller: string, name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && 'logits' in value && 'deltas' in value) return;
  throw new Error(`${caller}: ${name} is ${shown(value)}; it must be { logits, deltas }, two tensors of rows.`);
}

/**
 * tfjs-core brings no gradients of its own; without this check the user reads "gradient function not found for Mean".
 */
export function checkGradients(caller: string): void {
  if (getGradient('Mean') === undefined) {
    throw new Error(
      `${caller}: TensorFlow.js has no gradients registered, so nothing can be trained. Import '@tensorflow/tfjs' (or ` +
        "'@tensorflow/tfjs-layers', or '@tensorflow/tfjs-node') once before training: '@tensorflow/tfjs-core' alone has none.",
    );
  }
}
