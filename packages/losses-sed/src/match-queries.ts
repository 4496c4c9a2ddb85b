/** DETR (A.1). Shapes: `B` images, `Q` and `K` queries an image, `C` values of a class vector. */
import { concat, matMul, reshape, sub, tensor3d, tidy, unstack } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { assignBoxes } from '@sed/geometry';
import { jensenShannon, readNow } from '@sed/tensor-ops';
import { checkNames, checkNumber, checkTensor, shapeOf, shown } from '@sed/tensor-ops/arguments';
import { probabilities } from './class-probabilities.ts';
import { checkActivation } from './options.ts';
import type { Activation, Predictions } from './types.ts';

/**
 * Predictions of a detector with queries: `logits [B, Q, C]`, `boxes [B, Q, 4]`, center x, center y, width, height in 0
 * … 1. The type takes tensors of any rank; the rank is checked at the call.
 */
export type QueryPredictions<T extends Tensor = Tensor> = {
  readonly logits: T;
  readonly boxes: T;
};

export interface MatchOptions {
  readonly activation: Activation;
  /** Weight of the Jensen-Shannon divergence of the class vectors, default 1. */
  readonly classWeight?: number;
  /** Weight of the GIoU loss, `1 - GIoU`, default 1. */
  readonly iouWeight?: number;
}

/** Pairs of one image: query `a[i]` of the one view and `b[i]` of the other are about the same object; `a` ascends. */
export interface QueryMatch {
  readonly a: Int32Array;
  readonly b: Int32Array;
}

/**
 * Algorithm 1 of A.1: matches the predictions of two views of the same images one to one, by the least
 * `D_JS(p_a, p_b) · classWeight + (1 - GIoU) · iouWeight`, image by image (Hungarian algorithm). Boxes are normalized,
 * so a view and its reduced copy match as they are. With `sigmoid` the divergences of the classes' Bernoullis are
 * summed.
 *
 * The assignment runs on the host: this reads the tensors synchronously, which WebGPU cannot do: it is refused there.
 *
 * @returns for every image, min(Q, K) index pairs
 * @throws Error where shapes do not agree, an option is unknown or out of range, or a prediction is not finite
 */
export function matchQueries(a: QueryPredictions, b: QueryPredictions, options: MatchOptions): QueryMatch[] {
  const caller = 'matchQueries';
  checkNames(caller, 'options', options, ['activation', 'classWeight', 'iouWeight']);
  const { activation, classWeight = 1, iouWeight = 1 } = options;
  checkActivation(caller, activation);
  for (const [field, value] of Object.entries({ classWeight, iouWeight })) {
    checkNumber(caller, `options.${field}`, value, (weight) => weight >= 0, '0 or more');
  }
  const [first, second] = checkedQueries(caller, a, b);
  const [images, rows] = first.logits.shape;
  const columns = second.logits.shape[1];
  const divergences = tidy(() => {
    const vectorsOf = (logits: Tensor3D): Tensor2D[] => unstack(classVectors(logits, activation)) as Tensor2D[];
    const [vectorsA, vectorsB] = [vectorsOf(first.logits), vectorsOf(second.logits)];
    return vectorsA.map((vectors, i) => readNow(jensenShannon(vectors, vectorsB[i]!), caller));
  });
  const [boxesA, boxesB] = [readNow(first.boxes, caller), readNow(second.boxes, caller)];
  return Array.from({ length: images }, (_, image) => {
    const matched = assignBoxes(
      divergences[image]!,
      boxesA.subarray(image * rows * 4, (image + 1) * rows * 4),
      boxesB.subarray(image * columns * 4, (image + 1) * columns * 4),
      { classWeight, iouWeight },
    );
    return { a: matched.rows, b: matched.columns };
  });
}

/**
 * The matched queries of all images as rows, image by image, ready for the losses: row i of `a` and of `b` belong
 * together, `deltas` are the boxes. Differentiable in both views. The caller disposes of the four tensors.
 * @throws Error where shapes do not agree, or there are not as many matches as images
 */
export function pairQueries(
  a: QueryPredictions,
  b: QueryPredictions,
  matches: readonly QueryMatch[],
): { a: Predictions<Tensor2D>; b: Predictions<Tensor2D> } {
  const [first, second] = checkedQueries('pairQueries', a, b);
  const images = first.logits.shape[0];
  if (!Array.isArray(matches))
    throw new Error(`pairQueries: matches is ${shown(matches)}; give what matchQueries gave.`);
  if (matches.length !== images) {
    throw new Error(
      `pairQueries: there are matches of ${matches.length} images, but the predictions are of ${images}.`,
    );
  }
  const indices = (view: 'a' | 'b'): Int32Array[] => matches.map((match: QueryMatch) => match[view]);
  return { a: pick(first, indices('a')), b: pick(second, indices('b')) };
}

/** The chosen queries of every image, by a product with one-hot rows: a gather whose gradient every backend has. */
function pick(predictions: QueryPredictions<Tensor3D>, indices: readonly Int32Array[]): Predictions<Tensor2D> {
  const [images, queries] = predictions.logits.shape;
  const count = indices[0]?.length ?? 0;
  const oneHot = new Float32Array(images * count * queries);
  indices.forEach((index, image) => index.forEach((query, i) => (oneHot[(image * count + i) * queries + query] = 1)));
  const rowsOf = (values: Tensor3D): Tensor2D =>
    tidy(() => {
      const chosen = tensor3d(oneHot, [images, count, queries]);
      return reshape(matMul(chosen, values), [images * count, values.shape[2]]);
    });
  return { logits: rowsOf(predictions.logits), deltas: rowsOf(predictions.boxes) };
}

/** What the divergence is taken between: probabilities, for sigmoid of each class and of its absence. */
function classVectors(logits: Tensor3D, activation: Activation): Tensor {
  const present = probabilities(logits, activation);
  return activation === 'softmax' ? present : concat([present, sub(1, present)], 2);
}

/** @returns the predictions, whose ranks are known now */
function checkedQueries(
  caller: string,
  a: QueryPredictions,
  b: QueryPredictions,
): [QueryPredictions<Tensor3D>, QueryPredictions<Tensor3D>] {
  const wanted = 'logits [B, Q, C] and boxes [B, Q, 4]';
  for (const [name, view] of Object.entries({ a, b })) {
    checkTensor(caller, `${name}.logits`, view?.logits, [3], `of rank 3, ${wanted}`);
    checkTensor(caller, `${name}.boxes`, view?.boxes, [3], `of rank 3, ${wanted}`);
    const { logits, boxes } = view;
    if (boxes.shape[2] !== 4) {
      throw new Error(`${caller}: ${name}.boxes is ${shapeOf(boxes)}; it must be [B, Q, 4].`);
    }
    if (logits.shape[0] !== boxes.shape[0] || logits.shape[1] !== boxes.shape[1]) {
      throw new Error(
        `${caller}: ${name}.logits ${shapeOf(logits)} and ${name}.boxes ${shapeOf(boxes)} are not about the same queries.`,
      );
    }
  }
  if (a.logits.shape[0] !== b.logits.shape[0] || a.logits.shape[2] !== b.logits.shape[2]) {
    throw new Error(
      `${caller}: a.logits ${shapeOf(a.logits)} and b.logits ${shapeOf(b.logits)} must have equal numbers of images and classes.`,
    );
  }
  return [a, b] as [QueryPredictions<Tensor3D>, QueryPredictions<Tensor3D>];
}
