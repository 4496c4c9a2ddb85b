import { customGrad, scalar, zeros } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/**
 * `compute()` without recording any of its steps for backpropagation: nothing it makes is kept for a gradient, and
 * no gradient flows through it. `x` is any tensor, tfjs wants one.
 *
 * customGrad pauses the tape while it runs. (It could also save what its own gradient needs, but tensors that are
 * neither inputs nor outputs look like a leak to tfjs' test mode, so what a gradient shares with its loss is made here
 * first.)
 */
export function detached<T extends Tensor>(x: Tensor, compute: () => T): T {
  const { shape } = x;
  const op = customGrad(() => ({ value: compute(), gradFunc: () => zeros(shape) }));
  return op(x);
}

/**
 * The loss of no rows: 0, connected to its inputs with zero gradients. (wasm's sum of an empty tensor is whatever lay
 * in memory.)
 */
export function emptyLoss(...inputs: Tensor[]): Scalar {
  const shapes = inputs.map((x) => x.shape);
  const op = customGrad(() => ({ value: scalar(0), gradFunc: () => shapes.map((shape) => zeros(shape)) }));
  return op(...inputs);
}
