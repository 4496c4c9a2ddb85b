/** DETR (A.1). Shapes: `B` images, `Q` and `K` queries an image, `C` values of a class vector. */
import { concat, matMul, reshape, sigmoid, softmax, sub, tensor3d, tidy, unstack } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { assignBoxes } from '@sed/geometry';
import { jensenShannon, readNow } from '@sed/tensor-ops';
import { checkActivation } from './checks.ts';
import type { Activation, Predictions } from './types.ts';

/** Predictions of a detector with queries: `logits [B, Q, C]`, `boxes [B, Q, 4]`, centre x, centre y, width, height in 0 … 1. */
export interface QueryPredictions {
  readonly logits: Tensor3D;
  readonly boxes: Tensor3D;
}

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
 * `D_JS(p_a, p_b) · classWeight + (1 - GIoU) · iouWeight`, image by image (Hungarian algorithm). Boxes are normalised, so a
 * view and its reduced copy match as they are. With `sigmoid` the divergences of the classes' Bernoullis are summed.
 *
 * The assignment runs on the host: this reads the tensors synchronously, which WebGPU cannot do: it is refused there.
 *
 * @returns for every image, min(Q, K) index pairs
 * @throws if shapes do not agree or a prediction is not finite
 */
export function matchQueries(a: QueryPredictions, b: QueryPredictions, options: MatchOptions): QueryMatch[] {
  const { activation, classWeight = 1, iouWeight = 1 } = options;
  checkActivation(activation, 'matchQueries');
  checkQueries(a, b);
  for (const [field, value] of Object.entries({ classWeight, iouWeight })) {
    if (!(value >= 0)) throw new Error(`matchQueries: options.${field} is ${value}; it must be 0 or more.`);
  }
  const [images, rows] = a.logits.shape;
  const columns = b.logits.shape[1];
  const divergences = tidy(() => {
    const vectorsOf = (logits: Tensor3D): Tensor2D[] => unstack(classVectors(logits, activation)) as Tensor2D[];
    const [pa, pb] = [vectorsOf(a.logits), vectorsOf(b.logits)];
    return pa.map((p, i) => readNow(jensenShannon(p, pb[i]!), 'matchQueries'));
  });
  const [boxesA, boxesB] = [readNow(a.boxes, 'matchQueries'), readNow(b.boxes, 'matchQueries')];
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
 * The matched queries of all images as rows, image by image, ready for the losses: row i of `a` and of `b` belong together,
 * `deltas` are the boxes. Differentiable in both views.
 */
export function pairQueries(
  a: QueryPredictions,
  b: QueryPredictions,
  matches: readonly QueryMatch[],
): { a: Predictions; b: Predictions } {
  checkQueries(a, b);
  if (matches.length !== a.logits.shape[0]) {
    throw new Error(
      `pairQueries: there are matches of ${matches.length} images, but the predictions are of ${a.logits.shape[0]}.`,
    );
  }
  return {
    a: pick(
      a,
      matches.map((m) => m.a),
    ),
    b: pick(
      b,
      matches.map((m) => m.b),
    ),
  };
}

/** The chosen queries of every image, by a product with one-hot rows: a gather whose gradient every backend has. */
function pick(predictions: QueryPredictions, indices: readonly Int32Array[]): Predictions {
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
  if (activation === 'softmax') return softmax(logits);
  const present = sigmoid(logits);
  return concat([present, sub(1, present)], 2);
}

function checkQueries(a: QueryPredictions, b: QueryPredictions): void {
  const shape = (t: Tensor): string => `[${t.shape.join(', ')}]`;
  for (const [name, { logits, boxes }] of Object.entries({ a, b })) {
    if (logits.shape.length !== 3 || boxes.shape.length !== 3 || boxes.shape[2] !== 4) {
      throw new Error(
        `matchQueries: ${name}.logits is ${shape(logits)} and ${name}.boxes ${shape(boxes)}; they must be [B, Q, C] and [B, Q, 4].`,
      );
    }
    if (logits.shape[0] !== boxes.shape[0] || logits.shape[1] !== boxes.shape[1]) {
      throw new Error(
        `matchQueries: ${name}.logits ${shape(logits)} and ${name}.boxes ${shape(boxes)} are not about the same queries.`,
      );
    }
  }
  if (a.logits.shape[0] !== b.logits.shape[0] || a.logits.shape[2] !== b.logits.shape[2]) {
    throw new Error(
      `matchQueries: a.logits ${shape(a.logits)} and b.logits ${shape(b.logits)} must have equal numbers of images and classes.`,
    );
  }
}
