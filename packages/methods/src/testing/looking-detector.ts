/** A detector that tells who looked at what, and views of one brightness for it. */
import type { View } from '@sed/augment';
import type { Detector, Parameters } from '@sed/detectors';
import * as tf from '@tensorflow/tfjs-core';

const SIDE = 4;

/** How such views become a batch: pixels are as bright as their bytes say. */
export const LEVELS = { multiple: 1, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] } as const;

export function brightView(value: number): View {
  return {
    pixels: new Uint8Array(SIDE * SIDE * 3).fill(value),
    width: SIDE,
    height: SIDE,
    boxes: new Float32Array(0),
    labels: new Int32Array(0),
    geometry: [1, 0, 0, 0, 1, 0],
  };
}

/** One forward pass. */
export interface Look {
  readonly with: Parameters;
  /** The batch is 1 over this of the size of the views. */
  readonly reduced: number;
  readonly brightness: number;
  /** Whether gradients were recorded. */
  readonly recorded: boolean;
}

interface Seen {
  readonly logits: tf.Tensor2D;
  readonly deltas: tf.Tensor2D;
}

/** Has one parameter `w`, and predicts w times the mean brightness, one row a batch, in one pair called `dense`. */
export function lookingDetector(looks: Look[]): Detector {
  const pair = (a: Seen, b: Seen) => [{ name: 'dense', activation: 'sigmoid', a, b }];
  return {
    pairs: [{ name: 'dense', activation: 'sigmoid', classified: true }],
    forward(parameters: Parameters, { pixels }: { pixels: tf.Tensor4D }): Seen {
      const brightness = Math.round(tf.mean(pixels).dataSync()[0]!);
      const recorded = tf.engine().state.gradientDepth > 0;
      looks.push({ with: parameters, reduced: SIDE / pixels.shape[1], brightness, recorded });
      const row = tf.reshape(tf.mul(parameters.get('w')!, tf.mean(pixels)), [1, 1]) as unknown as tf.Tensor2D;
      return { logits: row, deltas: tf.tile(row, [1, 4]) };
    },
    distillationPairs: pair,
    scalePairs: pair,
  } as unknown as Detector;
}
