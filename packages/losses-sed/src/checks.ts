import { getGradient } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation, Predictions } from './types.ts';

const shapeOf = (t: Tensor): string => `[${t.shape.join(', ')}]`;

function checkMatrix(t: Tensor, name: string, caller: string): void {
  if (!Array.isArray(t?.shape)) throw new Error(`${caller}: ${name} is not a tensor.`);
  if (t.shape.length !== 2) {
    throw new Error(
      `${caller}: ${name} has shape ${shapeOf(t)}, but rows of predictions [N, values] are needed. ` +
        'Reshape a map [B, H, W, A·K] to [B·H·W·A, K] first.',
    );
  }
}

export function checkActivation(activation: Activation, caller: string): void {
  if (activation !== 'softmax' && activation !== 'sigmoid') {
    throw new Error(`${caller}: options.activation is '${String(activation)}'; it must be 'softmax' or 'sigmoid'.`);
  }
}

/** Two matrices whose rows are about the same places. */
export function checkSameShape(a: Tensor, aName: string, b: Tensor, bName: string, caller: string): void {
  checkMatrix(a, aName, caller);
  checkMatrix(b, bName, caller);
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
}

/** A pair of predictions: equal shapes, and as many rows of deltas as of logits. */
export function checkPair(a: Predictions, aName: string, b: Predictions, bName: string, caller: string): void {
  checkSameShape(a.logits, `${aName}.logits`, b.logits, `${bName}.logits`, caller);
  checkSameShape(a.deltas, `${aName}.deltas`, b.deltas, `${bName}.deltas`, caller);
  if (a.logits.shape[0] !== a.deltas.shape[0]) {
    throw new Error(
      `${caller}: ${aName}.logits ${shapeOf(a.logits)} and ${aName}.deltas ${shapeOf(a.deltas)} have different numbers of ` +
        'rows; both need one row an anchor, RoI or query.',
    );
  }
}

/** tfjs-core brings no gradients of its own; without this check the user reads "gradient function not found for Mean". */
export function checkGradients(caller: string): void {
  if (getGradient('Mean') === undefined) {
    throw new Error(
      `${caller}: TensorFlow.js has no gradients registered, so nothing can be trained. Import '@tensorflow/tfjs' (or ` +
        "'@tensorflow/tfjs-layers', or '@tensorflow/tfjs-node') once before training: '@tensorflow/tfjs-core' alone has none.",
    );
  }
}
