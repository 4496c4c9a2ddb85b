/**
 * Kullback-Leibler divergences from logits, row by row. The target is a constant: its gradient is zero.
 * Shapes: `N` rows, `C` classes.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * D_KL(softmax(target) ‖ softmax(logits)) of every row: Σ_c p_c (ln p_c - ln q_c). Gradient to the logits: q - p.
 * @param targetLogits `[N, C]`, gets no gradient
 * @param logits `[N, C]`
 * @returns `[N]`, 0 or more up to rounding
 */
export function categoricalKl(targetLogits: Tensor2D, logits: Tensor2D): Tensor1D {
  sameShape('categoricalKl', targetLogits, logits);
  return tf.customGrad((...args: unknown[]) => {
    const [target, source, save] = args as [Tensor, Tensor, tf.GradSaveFunc];
    const logP = tf.logSoftmax(target, -1);
    const logQ = tf.logSoftmax(source, -1);
    const p = tf.exp(logP);
    save([p, logQ]);
    return {
      value: tf.sum(tf.mul(p, tf.sub(logP, logQ)), -1),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        tf.zerosLike(saved[0]!),
        tf.mul(tf.expandDims(dy, -1), tf.sub(tf.exp(saved[1]!), saved[0]!)),
      ],
    };
  })(targetLogits, logits) as Tensor1D;
}

/**
 * Divergence of independent Bernoullis, summed over the classes of every row: Σ_c p_c ln(p_c / q_c) + (1 - p_c) ln((1 - p_c) / (1 - q_c)) with
 * p = σ(target), q = σ(logits). Gradient to the logits: q - p.
 * @param targetLogits `[N, C]`, gets no gradient
 * @param logits `[N, C]`
 * @returns `[N]`, 0 or more up to rounding
 */
export function bernoulliKl(targetLogits: Tensor2D, logits: Tensor2D): Tensor1D {
  sameShape('bernoulliKl', targetLogits, logits);
  return tf.customGrad((...args: unknown[]) => {
    const [t, s, save] = args as [Tensor, Tensor, tf.GradSaveFunc];
    const p = tf.sigmoid(t);
    save([p, s]);
    // With L(x) = ln(1 + e^-|x|): ln σ(x) = min(x, 0) - L(x) and ln σ(-x) = -max(x, 0) - L(x), so the sum over both outcomes is
    // L(s) - L(t) + p (min(t, 0) - min(s, 0)) + (1 - p)(max(s, 0) - max(t, 0)), every term of which is as small as the rarer outcome.
    const notP = tf.sigmoid(tf.neg(t));
    const positiveT = tf.relu(t);
    const positiveS = tf.relu(s);
    const falseTerm = tf.mul(notP, tf.sub(positiveS, positiveT));
    const trueTerm = tf.mul(p, tf.sub(tf.sub(t, positiveT), tf.sub(s, positiveS)));
    const logs = tf.sub(rareOutcome(s), rareOutcome(t));
    return {
      value: tf.sum(tf.add(tf.add(logs, trueTerm), falseTerm), -1),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        tf.zerosLike(saved[0]!),
        tf.mul(tf.expandDims(dy, -1), tf.sub(tf.sigmoid(saved[1]!), saved[0]!)),
      ],
    };
  })(targetLogits, logits) as Tensor1D;
}

/** ln(1 + e^-|x|), as a softplus: the log1p of tfjs's wasm backend loses the digits of small arguments. */
function rareOutcome(x: Tensor): Tensor {
  return tf.softplus(tf.neg(tf.abs(x)));
}

function sameShape(op: string, a: Tensor, b: Tensor): void {
  if (a.rank !== 2 || b.rank !== 2 || a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1]) {
    throw new Error(`${op}: target and logits must both be [N, C], got [${a.shape}] and [${b.shape}]`);
  }
}
