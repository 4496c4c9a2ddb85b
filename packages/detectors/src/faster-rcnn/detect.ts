/**
 * From region predictions to the final detections of each image, on the host (torchvision's `postprocess_detections`).
 */
import { batchedNonMaxSuppression, clipBoxes, decodeDeltas, keepLargeBoxes, pickBoxes } from '@sed/geometry';
import * as tf from '@tensorflow/tfjs-core';
import type { Detections, DetectOptions } from '../types.ts';
import type { FasterRcnnForward, RegionPredictions } from './forward.ts';
import type { FasterRcnnSettings } from './settings.ts';

/**
 * Every class of every region is a candidate: those with a score are decoded and clipped; then class-wise suppression.
 */
export async function detectRegions(
  predictions: RegionPredictions,
  sizes: FasterRcnnForward['sizes'],
  { classes, roi, boxes: { clampSides }, detection }: FasterRcnnSettings,
  { scoreThreshold, maxDetections }: Required<DetectOptions>,
): Promise<Detections[]> {
  const { regions } = predictions;
  const count = regions.images.length;
  const { scores, deltas } = await readRegions(predictions);
  const least = Math.fround(scoreThreshold);
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
    const decoded = decodeDeltas(pickBoxes(deltas, cells), references, { weights: roi.deltaWeights, clampSides });
    const clipped = clipBoxes(decoded, size.width, size.height);
    const large = keepLargeBoxes(clipped, detection.minSize);
    const boxes = pickBoxes(clipped, large);
    const kept = Array.from(large, (k) => cells[k]!);
    const labels = kept.map((cell) => cell % classes);
    const found = Float32Array.from(
      kept,
      (cell) => scores[Math.floor(cell / classes) * (classes + 1) + (cell % classes)]!,
    );
    const keep = batchedNonMaxSuppression(boxes, found, labels, detection.nmsIou, maxDetections);
    return {
      boxes: pickBoxes(boxes, keep),
      scores: Float32Array.from(keep, (k) => found[k]!),
      labels: Int32Array.from(keep, (k) => labels[k]!),
    };
  });
}

/** Probabilities of the classes, background last, and deltas. */
async function readRegions({
  regions,
  logits,
  deltas,
}: RegionPredictions): Promise<{ scores: Float32Array; deltas: Float32Array }> {
  // no backend is to be trusted with empty tensors
  if (regions.images.length === 0) return { scores: new Float32Array(0), deltas: new Float32Array(0) };
  const probabilities = tf.tidy(() => tf.softmax(logits));
  try {
    const [scores, values] = await Promise.all([probabilities.data<'float32'>(), deltas.data<'float32'>()]);
    return { scores, deltas: values };
  } finally {
    probabilities.dispose();
  }
}
