/**
 * Box deltas `dx dy dw dh` against reference boxes (anchors or proposals), as in R-CNN and torchvision's `BoxCoder`:
 * dx = wx (gx - ax) / aw, dw = ww ln(gw / aw), g the box and a the reference, both as center and size.
 */
import { rowsOf } from './boxes.ts';

/** Factors of dx, dy, dw, dh; 1 1 1 1 for dense detectors and RPNs, 10 10 5 5 for RoI heads. */
export type DeltaWeights = readonly [number, number, number, number];

/** Largest |dw|, |dh| that is decoded, ln(1000 / 16): a box may be at most 62.5 times its reference. */
export const DEFAULT_DELTA_CLAMP: number = Math.log(1000 / 16);

/** Options of `decodeDeltas`. */
export interface DecodeOptions {
  /** Default 1 1 1 1. */
  weights?: DeltaWeights;
  /** Bound of dw and dh (after the weights); default ln(1000 / 16). */
  clamp?: number;
  /** `upper` bounds dw and dh from above only, as torchvision; `both` also from below, by `-clamp`. Default `upper`. */
  clampSides?: 'upper' | 'both';
}

/**
 * Deltas that turn each reference into its box, `[N, 4]`. A box or reference without width or height gives values that
 * are not finite.
 * @param boxes corners, `[N, 4]`
 * @param references corners, `[N, 4]`
 */
export function encodeDeltas(
  boxes: Float32Array,
  references: Float32Array,
  weights: DeltaWeights = [1, 1, 1, 1],
): Float32Array {
  samePairs('encodeDeltas', boxes, references);
  const deltas = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const width = references[i + 2]! - references[i]!;
    const height = references[i + 3]! - references[i + 1]!;
    const boxWidth = boxes[i + 2]! - boxes[i]!;
    const boxHeight = boxes[i + 3]! - boxes[i + 1]!;
    deltas[i] = (weights[0] * (boxes[i]! + boxWidth / 2 - references[i]! - width / 2)) / width;
    deltas[i + 1] = (weights[1] * (boxes[i + 1]! + boxHeight / 2 - references[i + 1]! - height / 2)) / height;
    deltas[i + 2] = weights[2] * Math.log(boxWidth / width);
    deltas[i + 3] = weights[3] * Math.log(boxHeight / height);
  }
  return deltas;
}

/**
 * Boxes that the deltas make of their references: corners, `[N, 4]`, not clipped to any image.
 * @param deltas `[N, 4]`
 * @param references corners, `[N, 4]`
 */
export function decodeDeltas(
  deltas: Float32Array,
  references: Float32Array,
  options: DecodeOptions = {},
): Float32Array {
  samePairs('decodeDeltas', deltas, references);
  const { weights = [1, 1, 1, 1], clamp = DEFAULT_DELTA_CLAMP, clampSides = 'upper' } = options;
  const lowest = clampSides === 'both' ? -clamp : -Infinity;
  const boxes = new Float32Array(deltas.length);
  for (let i = 0; i < deltas.length; i += 4) {
    const width = references[i + 2]! - references[i]!;
    const height = references[i + 3]! - references[i + 1]!;
    const centerX = references[i]! + width / 2 + (deltas[i]! / weights[0]) * width;
    const centerY = references[i + 1]! + height / 2 + (deltas[i + 1]! / weights[1]) * height;
    const boxWidth = width * Math.exp(Math.max(lowest, Math.min(deltas[i + 2]! / weights[2], clamp)));
    const boxHeight = height * Math.exp(Math.max(lowest, Math.min(deltas[i + 3]! / weights[3], clamp)));
    boxes[i] = centerX - boxWidth / 2;
    boxes[i + 1] = centerY - boxHeight / 2;
    boxes[i + 2] = centerX + boxWidth / 2;
    boxes[i + 3] = centerY + boxHeight / 2;
  }
  return boxes;
}

function samePairs(op: string, a: Float32Array, b: Float32Array): void {
  if (rowsOf(op, 'the first array', a) !== rowsOf(op, 'references', b)) {
    throw new Error(`${op}: row i belongs to reference i, got ${a.length / 4} rows and ${b.length / 4} references`);
  }
}
