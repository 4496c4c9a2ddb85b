/**
 * From dense predictions to the final detections of each image, on the host (torchvision's `postprocess_detections`).
 */
import {
  batchedNonMaxSuppression,
  clipBoxes,
  decodeDeltas,
  joinBoxes,
  keepLargeBoxes,
  pickBoxes,
  topK,
} from '@sed/geometry';
import type { Detections, DetectOptions, ImageBatch } from '../types.ts';
import type { Grid } from '../dense/anchors.ts';
import type { HostLevel } from '../dense/levels.ts';
import type { RetinaNetSettings } from './settings.ts';

/**
 * Each level's best candidates, decoded and clipped to the valid part of its image; then class-wise NMS over all
 * levels.
 */
export function detectBoxes(
  hostLevels: readonly HostLevel[],
  sizes: ImageBatch['sizes'],
  anchorsOf: (grid: Grid) => Float32Array,
  { classes, detection }: RetinaNetSettings,
  { scoreThreshold, maxDetections }: Required<DetectOptions>,
): Detections[] {
  const levels = hostLevels.map(({ grid, ...values }) => ({ anchors: anchorsOf(grid), ...values }));
  // the sigmoid is monotonic: the logits are compared, and only the scores of the candidates are computed
  const leastLogit = Math.log(scoreThreshold / (1 - scoreThreshold));

  return sizes.map((size, b) => {
    const boxes: Float32Array[] = [];
    const scores: number[] = [];
    const labels: number[] = [];
    for (const { anchors, logits, deltas } of levels) {
      const rows = anchors.length / 4;
      const start = b * rows;
      const imageLogits = logits.subarray(start * classes, (start + rows) * classes);
      const cells = topK(imageLogits, detection.candidatesPerLevel, leastLogit);
      const chosenAnchors = new Float32Array(4 * cells.length);
      const chosenDeltas = new Float32Array(4 * cells.length);
      cells.forEach((cell, k) => {
        const row = Math.floor(cell / classes);
        chosenAnchors.set(anchors.subarray(4 * row, 4 * row + 4), 4 * k);
        chosenDeltas.set(deltas.subarray(4 * (start + row), 4 * (start + row) + 4), 4 * k);
      });
      const clipped = clipBoxes(decodeDeltas(chosenDeltas, chosenAnchors), size.width, size.height);
      const large = keepLargeBoxes(clipped, detection.minSize ?? 0);
      for (const k of large) {
        scores.push(1 / (1 + Math.exp(-imageLogits[cells[k]!]!)));
        labels.push(cells[k]! % classes);
      }
      boxes.push(pickBoxes(clipped, large));
    }
    const all = joinBoxes(boxes);
    const keep = batchedNonMaxSuppression(all, Float32Array.from(scores), labels, detection.nmsIou, maxDetections);
    return {
      boxes: pickBoxes(all, keep),
      scores: Float32Array.from(keep, (k) => scores[k]!),
      labels: Int32Array.from(keep, (k) => labels[k]!),
    };
  });
}
