/**
 * What logits say: probabilities, and how sure a row is of an object. The last class of a softmax is the background.
 */
import { exp, logSumExp, max, sigmoid, slice, softmax, sub, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { checkedRows } from './checks.ts';
import { checkActivation } from './options.ts';
import type { Activation } from './types.ts';

/** Of every class, the background among them; any shape `[…, C]`. The caller tidies. */
export const probabilities = (logits: Tensor, activation: Activation): Tensor =>
  activation === 'softmax' ? softmax(logits) : sigmoid(logits);

const foregroundClasses = ({ shape }: Tensor2D, activation: Activation): number =>
  activation === 'softmax' ? shape[1] - 1 : shape[1];

const foreground = (values: Tensor2D, activation: Activation): Tensor2D =>
  activation === 'softmax' ? slice(values, [0, 0], [-1, foregroundClasses(values, activation)]) : values;

/** Of every class but the background, `[N, C]`. The caller tidies. */
export const classProbabilities = (logits: Tensor2D, activation: Activation): Tensor2D =>
  foreground(probabilities(logits, activation) as Tensor2D, activation);

/** `highestClassProbability` without its checks. The caller tidies. */
export function highestOfRows(logits: Tensor2D, activation: Activation): Tensor1D {
  const highest: Tensor1D = max(foreground(logits, activation), 1);
  return activation === 'softmax' ? exp(sub(highest, logSumExp(logits, 1))) : sigmoid(highest);
}

/**
 * The score of every row, its highest class probability, the background of a softmax (its last class) not counted: what
 * the regression weighting `objectness` weighs boxes by, and what detectors call confidence.
 *
 * @param logits `[N, C]`, raw outputs of a head
 * @returns `[N]`, in [0, 1]; differentiable; the caller disposes of it
 * @throws Error where logits are no rows, the activation is unknown, or a softmax has the background alone
 */
export function highestClassProbability(logits: Tensor, activation: Activation): Tensor1D {
  const caller = 'highestClassProbability';
  checkActivation(caller, activation, 'activation');
  const rows = checkedRows(caller, 'logits', logits);
  checkForeground(caller, rows, activation);
  return rows.shape[0] === 0 ? zeros([0]) : tidy(() => highestOfRows(rows, activation));
}

/** Refuses logits without a class that is not the background. */
export function checkForeground(caller: string, logits: Tensor2D, activation: Activation): void {
  if (foregroundClasses(logits, activation) > 0) return;
  const columns = logits.shape[1];
  throw new Error(
    `${caller}: objectness is the highest probability of a class that is not the background, the last one of a softmax, but the ` +
      `${activation} logits have ${columns} column${columns === 1 ? '' : 's'}. Give logits [N, C${activation === 'softmax' ? ' + 1' : ''}].`,
  );
}
