/** From region predictions to the final detections of each image, on the host (torchvision's `postprocess_detections`). */
import { batchedNonMaxSuppression, clipBoxes, decodeDeltas, keepLargeBoxes, pickBoxes } from '@sed/geometry';
import { readNow } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Detections, DetectOptions } from '../types.ts';
import type { FasterRcnnForward, RegionPredictions } from './forward.ts';
import type { FasterRcnnSettings } from './settings.ts';

/** Every class of every region is a candidate: those with a score are decoded and clipped; then class-wise suppression. */
export function detectRegions(
  predictions: RegionPredictions,
  sizes: FasterRcnnForward['sizes'],
  { classes, roi, boxes: { clampSides }, detection }: FasterRcnnSettings,
  options: DetectOptions = {},
): Detections[] {
  const threshold = options.scoreThreshold ?? detection.scoreThreshold;
  const limit = options.maxDetections ?? detection.maxDetections;
  if (!(threshold >= 0 && threshold < 1)) {
    throw new Error(`detect: scoreThreshold is ${threshold}; it must be at least 0 and below 1.`);
  }
  if (!(Number.isInteger(limit) && limit >= 0)) {
    throw new Error(`detect: maxDetections is ${limit}; it must be a whole number of at least 0.`);
  }
  const { regions, logits, deltas } = predictions;
  const count = regions.images.length;
  const probabilities = count === 0 ? undefined : tf.tidy(() => tf.softmax(logits));
  const scores = probabilities ? readNow(probabilities, 'detect') : new Float32Array(0);
  probabilities?.dispose();
  const values = count === 0 ? new Float32Array(0) : readNow(deltas, 'detect');

  const least = Math.fround(threshold);
  return sizes.map((size, b) => {
    // indices region · C + class, as the rows of `deltas` are read
    const cells: number[] = [];
    for (let n = 0; n < count; n++) {
      if (regions.images[n] !== b) continue;
      for (let c = 0; c < classes; c++) if (scores[n * (classes + 1) + c]! > least) cells.push(n * classes + c);
    }
    const references = pickBoxes(
      regions.boxes,
      cells.map((cell) => Math.floor(cell / classes)),
    );
    const decoded = decodeDeltas(pickBoxes(values, cells), references, { weights: roi.deltaWeights, clampSides });
    const clipped = clipBoxes(decoded, size.width, size.height);
    const large = keepLargeBoxes(clipped, detection.minSize);
    const boxes = pickBoxes(clipped, large);
    const kept = Array.from(large, (k) => cells[k]!);
    const labels = kept.map((cell) => cell % classes);
    const found = Float32Array.from(
      kept,
      (cell) => scores[Math.floor(cell / classes) * (classes + 1) + (cell % classes)]!,
    );
    const keep = batchedNonMaxSuppression(boxes, found, labels, detection.nmsIou, limit);
    return {
      boxes: pickBoxes(boxes, keep),
      scores: Float32Array.from(keep, (k) => found[k]!),
      labels: Int32Array.from(keep, (k) => labels[k]!),
    };
  });
}
