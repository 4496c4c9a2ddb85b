/** Element-wise distances, as PyTorch's with `reduction='none'`. Both arguments get their gradient. */
import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/** |a - b|, element by element; the gradient at equality is 0. */
export function l1<R extends Rank>(a: Tensor<R>, b: Tensor<R>): Tensor<R> {
  sameShape('l1', a, b);
  return withSymmetricGradient(a, b, (difference, save) => {
    save([difference]);
    return { value: tf.abs(difference), slope: (saved) => tf.sign(saved[0]!) };
  });
}

/**
 * Smooth L1 (Girshick 2015): d² / (2β) where |d| < β, else |d| - β / 2, with d = a - b, element by element.
 * @param beta where the parabola ends, 0 or more; 0 gives `l1`. torchvision's RPN and Faster R-CNN use 1 / 9.
 */
export function smoothL1<R extends Rank>(a: Tensor<R>, b: Tensor<R>, beta = 1): Tensor<R> {
  sameShape('smoothL1', a, b);
  if (!(beta >= 0)) throw new Error(`smoothL1: beta must be 0 or more, got ${beta}`);
  if (beta === 0) return l1(a, b);
  return withSymmetricGradient(a, b, (difference, save) => {
    save([difference]);
    // With c = min(|d|, β) both branches are c (|d| - c / 2) / β.
    const size = tf.abs(difference);
    const capped = tf.minimum(size, beta);
    const value = tf.mul(tf.mul(capped, tf.sub(size, tf.mul(capped, 0.5))), 1 / beta);
    return { value, slope: (saved) => tf.clipByValue(tf.mul(saved[0]!, 1 / beta), -1, 1) };
  });
}

interface Distance {
  value: Tensor;
  /** The derivative by d. */
  slope: (saved: Tensor[]) => Tensor;
}

function withSymmetricGradient<R extends Rank>(
  a: Tensor<R>,
  b: Tensor<R>,
  distance: (difference: Tensor, save: tf.GradSaveFunc) => Distance,
): Tensor<R> {
  return tf.customGrad((...args: unknown[]) => {
    const [$a, $b, save] = args as [Tensor, Tensor, tf.GradSaveFunc];
    const { value, slope } = distance(tf.sub($a, $b), save);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const gradient = tf.mul(dy, slope(saved));
        return [gradient, tf.neg(gradient)];
      },
    };
  })(a, b) as Tensor<R>;
}

function sameShape(op: string, a: Tensor, b: Tensor): void {
  if (!tf.util.arraysEqual(a.shape, b.shape)) {
    throw new Error(`${op}: both arguments must have one shape, got [${a.shape}] and [${b.shape}]`);
  }
}
