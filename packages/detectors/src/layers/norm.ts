/** The batch norm (eval mode) behind a convolution is made part of the convolution. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { foldNorm, normAffine, type Norm } from '@sed/tensor-ops';
import type { Parameters } from '../types.ts';
import { kernelOf, vectorOf } from './lookup.ts';

/** What a convolution takes. */
export interface Folded {
  readonly filter: Tensor4D;
  readonly scale?: Tensor1D;
  readonly bias: Tensor1D;
}

const shared = new WeakMap<Parameters, Map<string, Folded>>();

/**
 * Runs `body` with the same parameters, of which each norm is folded once however many forward passes there are in it:
 * so the gradient of a trained norm is taken once too, of the sum. The parameters must not change meanwhile. What the
 * passes give may be used after it, and differentiated.
 */
export function withFoldedNorms<T>(parameters: Parameters, body: (parameters: Parameters) => T): T {
  const same: Parameters = new Map(parameters);
  const folds = new Map<string, Folded>();
  shared.set(same, folds);
  try {
    return body(same);
  } finally {
    shared.delete(same);
    for (const { filter, scale, bias } of folds.values()) tf.dispose(scale ? [scale, bias] : [filter, bias]);
  }
}

/**
 * The filter `<name>.weight` with the batch norm `norm`. A trained norm is folded into the filter, on the tape: as a
 * scale, the kernel would compute the filter's gradient once for the filter and once more for the scale. A frozen one
 * is passed as a scale, which keeps no second filter until the backward pass. Outside of {@link withFoldedNorms} it is
 * computed anew at every call: a cache could be left stale by an assignment to a teacher's variables.
 */
export function foldedFilter(parameters: Parameters, name: string, norm: string, epsilon: number): Folded {
  const folds = shared.get(parameters);
  const before = folds?.get(name);
  if (before) return before;
  const filter = kernelOf(parameters, `${name}.weight`);
  const vectors: Norm = {
    gamma: vectorOf(parameters, `${norm}.weight`),
    beta: vectorOf(parameters, `${norm}.bias`),
    mean: vectorOf(parameters, `${norm}.running_mean`),
    variance: vectorOf(parameters, `${norm}.running_var`),
  };
  const trained = vectors.gamma instanceof tf.Variable && vectors.gamma.trainable;
  const folded: Folded = trained ? foldNorm(filter, vectors, epsilon) : { filter, ...normAffine(vectors, epsilon) };
  if (folds) {
    folds.set(name, folded);
    for (const tensor of [trained ? folded.filter : folded.scale!, folded.bias]) tf.keep(tensor);
  }
  return folded;
}
