/** The first stage's losses: objectness and box deltas of sampled anchors. */
import { encodeDeltas, joinBoxes, pickBoxes, type RandomStream } from '@sed/geometry';
import { smoothL1 } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { matchAnchors } from '../dense/matcher.ts';
import type { Predictions, Target } from '../types.ts';
import { sampleBalanced } from './sampler.ts';
import type { FasterRcnnSettings } from './settings.ts';

/** Rows are ordered as those of all levels: level, image, y, x, anchor. All are zero where a row was not drawn. */
export interface AnchorGoals {
  /** 1 where there is an object. `[N]` */
  readonly labels: Float32Array;
  /** 1 / the number drawn. `[N]` */
  readonly weights: Float32Array;
  /** `[N · 4]` */
  readonly deltas: Float32Array;
  /** 1 / the number drawn, where there is an object. `[N]` */
  readonly boxWeights: Float32Array;
}

/** @param levels anchors of each level, `[n · 4]`, the same for every image */
export function assignAnchors(
  levels: readonly Float32Array[],
  targets: readonly Target[],
  { matching, sampling }: FasterRcnnSettings['rpn'],
  random: RandomStream,
): AnchorGoals {
  const all = joinBoxes(levels);
  const perImage = all.length / 4;
  const batch = targets.length;
  const goals: AnchorGoals = {
    labels: new Float32Array(batch * perImage),
    weights: new Float32Array(batch * perImage),
    deltas: new Float32Array(4 * batch * perImage),
    boxWeights: new Float32Array(batch * perImage),
  };
  const samples = targets.map(({ boxes }) => {
    const matches = matchAnchors(all, boxes, matching);
    return { matches, ...sampleBalanced(matches, sampling, random) };
  });
  const drawn = samples.reduce((sum, { positives, negatives }) => sum + positives.length + negatives.length, 0);
  const weight = 1 / Math.max(1, drawn);

  samples.forEach(({ matches, positives, negatives }, b) => {
    const rowOf = rowsOfImage(levels, batch, b);
    for (const i of negatives) goals.weights[rowOf(i)] = weight;
    const boxes = pickBoxes(
      targets[b]!.boxes,
      positives.map((i) => matches[i]!),
    );
    const encoded = encodeDeltas(boxes, pickBoxes(all, positives));
    positives.forEach((i, k) => {
      const row = rowOf(i);
      goals.labels[row] = 1;
      goals.weights[row] = goals.boxWeights[row] = weight;
      goals.deltas.set(encoded.subarray(4 * k, 4 * k + 4), 4 * row);
    });
  });
  return goals;
}

/** From an anchor's index in its image (level, y, x, anchor) to its row in the batch. */
function rowsOfImage(levels: readonly Float32Array[], batch: number, image: number): (index: number) => number {
  const begin: number[] = [];
  levels.reduce((sum, level) => (begin.push(sum), sum + level.length / 4), 0);
  return (index) => {
    let level = levels.length - 1;
    while (begin[level]! > index) level--;
    const count = levels[level]!.length / 4;
    return batch * begin[level]! + image * count + (index - begin[level]!);
  };
}

/**
 * Binary cross-entropy, the mean over the anchors drawn in the batch; smooth L1 of those with an object, summed and
 * divided by the number of all that were drawn (torchvision and mmdetection).
 */
export function rpnLosses(
  { logits, deltas }: Predictions,
  goals: AnchorGoals,
  { boxes }: FasterRcnnSettings,
): { objectness: tf.Scalar; rpnBoxRegression: tf.Scalar } {
  const rows = goals.labels.length;
  return tf.tidy(() => {
    const distance = smoothL1(deltas, tf.tensor2d(goals.deltas, [rows, 4]), boxes.smoothL1Beta);
    return {
      objectness: weightedCrossEntropy(logits, goals),
      rpnBoxRegression: tf.sum<tf.Scalar>(tf.mul(tf.sum(distance, 1), tf.tensor1d(goals.boxWeights))),
    };
  });
}

/** Σ w (softplus(x) - x y): -log σ(x) where y is 1, -log(1 - σ(x)) where it is 0; its gradient is w (σ(x) - y). */
function weightedCrossEntropy(logits: tf.Tensor2D, { labels, weights }: AnchorGoals): tf.Scalar {
  const [y, w] = [tf.tensor2d(labels, logits.shape), tf.tensor2d(weights, logits.shape)];
  return tf.customGrad((x, save) => {
    const input = x as tf.Tensor;
    (save as tf.GradSaveFunc)([tf.mul(w, tf.sub(tf.sigmoid(input), y))]);
    return {
      value: tf.sum(tf.mul(w, tf.sub(tf.softplus(input), tf.mul(input, y)))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!),
    };
  })(logits) as tf.Scalar;
}
