/** The second stage's losses: cross-entropy and class-specific boxes of sampled regions. */
import { encodeDeltas, joinBoxes, pickBoxes, type RandomStream } from '@sed/geometry';
import { smoothL1, type Regions } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { matchAnchors } from '../dense/matcher.ts';
import type { Predictions, Target } from '../types.ts';
import { regionsOf } from './proposals.ts';
import { sampleBalanced } from './sampler.ts';
import type { FasterRcnnSettings } from './settings.ts';

/** Regions drawn for the losses and what each should say, by image. */
export interface RegionGoals {
  readonly regions: Regions;
  /** Class, or C for background. `[N]` */
  readonly labels: Int32Array;
  /** `[N · 4]`, zeros for background. */
  readonly deltas: Float32Array;
}

/** Draws from each image's proposals and its true boxes, which are appended to them. */
export function assignRegions(
  proposals: readonly Float32Array[],
  targets: readonly Target[],
  { classes, roi }: FasterRcnnSettings,
  random: RandomStream,
): RegionGoals {
  const images = targets.map((target, b) => {
    const boxes = joinBoxes([proposals[b]!, target.boxes]);
    const matches = matchAnchors(boxes, target.boxes, roi.matching);
    const { positives, negatives } = sampleBalanced(matches, roi.sampling, random);
    const chosen = [...positives, ...negatives];
    const drawn = pickBoxes(boxes, chosen);
    const goals = pickBoxes(
      target.boxes,
      positives.map((i) => matches[i]!),
    );
    const deltas = new Float32Array(drawn.length);
    deltas.set(encodeDeltas(goals, drawn.subarray(0, goals.length), roi.deltaWeights));
    return { drawn, deltas, labels: chosen.map((i) => (matches[i]! >= 0 ? target.labels[matches[i]!]! : classes)) };
  });
  return {
    regions: regionsOf(images.map(({ drawn }) => drawn)),
    labels: Int32Array.from(images.flatMap(({ labels }) => labels)),
    deltas: joinBoxes(images.map(({ deltas }) => deltas)),
  };
}

/**
 * Cross-entropy over C + 1 classes, the mean over all regions drawn; smooth L1 of those with an object, of the delta of
 * their class alone, summed and divided by the number of all regions.
 */
export function regionLosses(
  { logits, deltas }: Predictions,
  goals: RegionGoals,
  { classes, boxes }: FasterRcnnSettings,
): { classification: tf.Scalar; boxRegression: tf.Scalar } {
  const rows = goals.labels.length;
  // nothing was proposed and nothing is there
  if (rows === 0) return { classification: tf.scalar(0), boxRegression: tf.scalar(0) };
  const expected = new Float32Array(rows * 4 * classes);
  const weights = new Float32Array(expected.length);
  goals.labels.forEach((label, row) => {
    if (label === classes) return;
    const at = 4 * (row * classes + label);
    expected.set(goals.deltas.subarray(4 * row, 4 * row + 4), at);
    weights.fill(1 / rows, at, at + 4);
  });
  return tf.tidy(() => {
    const distance = smoothL1(deltas, tf.tensor2d(expected, deltas.shape), boxes.smoothL1Beta);
    return {
      classification: crossEntropy(logits, goals.labels),
      boxRegression: tf.sum<tf.Scalar>(tf.mul(distance, tf.tensor2d(weights, deltas.shape))),
    };
  });
}

/** The mean of -log softmax(x)[label]; its gradient is (softmax(x) - one-hot) / N. */
function crossEntropy(logits: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const [rows, columns] = logits.shape;
  const oneHot = new Float32Array(rows * columns);
  labels.forEach((label, row) => (oneHot[row * columns + label] = 1 / rows));
  const goal = tf.tensor2d(oneHot, logits.shape);
  return tf.customGrad((x, save) => {
    const log = tf.logSoftmax(x as tf.Tensor2D);
    (save as tf.GradSaveFunc)([tf.sub(tf.mul(tf.exp(log), 1 / rows), goal)]);
    return {
      value: tf.neg(tf.sum(tf.mul(log, goal))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!),
    };
  })(logits) as tf.Scalar;
}
