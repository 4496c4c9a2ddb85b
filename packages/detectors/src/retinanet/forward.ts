/** What a forward pass of a RetinaNet leaves. */
import * as tf from '@tensorflow/tfjs-core';
import type { ImageBatch, Predictions } from '../types.ts';
import type { Grid } from './anchors.ts';

/** Predictions of one level for the whole batch: rows by image, y, x, anchor. */
export interface Level extends Predictions, Grid {}

export interface RetinaNetForward {
  /** P3 to P7, from the finest. */
  readonly levels: readonly Level[];
  readonly batch: number;
  /** Of the padded batch, in pixels. */
  readonly height: number;
  readonly width: number;
  /** Valid part of each image, in pixels. */
  readonly sizes: ImageBatch['sizes'];
}

/** All rows of some levels, one level after the other. */
export function joinLevels(levels: readonly Predictions[]): { logits: tf.Tensor2D; deltas: tf.Tensor2D } {
  return {
    logits: tf.concat(
      levels.map((level) => level.logits),
      0,
    ),
    deltas: tf.concat(
      levels.map((level) => level.deltas),
      0,
    ),
  };
}
