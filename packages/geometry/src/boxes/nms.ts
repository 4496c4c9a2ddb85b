import { rowsOf } from './boxes.ts';

/**
 * Greedy non-maximum suppression inside each group (usually a class, or a pyramid level): the best box stays, boxes of
 * its group that overlap it by more than `iouThreshold` go, and so on. Keeps what `torchvision.ops.batched_nms` keeps;
 * equal scores are taken in the order of their index.
 *
 * @param boxes corners, `[N, 4]`
 * @param scores `[N]`
 * @param groups any integer per box, `[N]`; boxes of different groups never suppress each other
 * @param iouThreshold a box goes when its IoU is greater than this
 * @param maxOutputs stop after this many, the best ones over all groups; default all
 * @returns indices of the boxes kept, best first
 */
export function batchedNonMaxSuppression(
  boxes: Float32Array,
  scores: Float32Array,
  groups: ArrayLike<number>,
  iouThreshold: number,
  maxOutputs: number = Infinity,
): Int32Array {
  const count = rowsOf('batchedNonMaxSuppression', 'boxes', boxes);
  if (scores.length !== count || groups.length !== count) {
    throw new Error(
      `batchedNonMaxSuppression: ${count} boxes need as many scores and groups, got ${scores.length} and ${groups.length}`,
    );
  }
  const order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);

  // The kept boxes of a group lie side by side in `kept`, from start[group] on, for a tight inner loop.
  const slot = new Map<number, number>();
  const groupOf = new Int32Array(count);
  const sizes: number[] = [];
  for (let i = 0; i < count; i++) {
    let group = slot.get(groups[i]!);
    if (group === undefined) {
      group = slot.size;
      slot.set(groups[i]!, group);
      sizes.push(0);
    }
    groupOf[i] = group;
    sizes[group]!++;
  }
  const end = new Int32Array(sizes.length);
  const start = new Int32Array(sizes.length);
  for (let group = 0, at = 0; group < sizes.length; group++) {
    start[group] = end[group] = at;
    at += sizes[group]!;
  }
  const kept = new Float32Array(5 * count);

  const result: number[] = [];
  for (const i of order) {
    if (result.length >= maxOutputs) break;
    const x1 = boxes[4 * i]!;
    const y1 = boxes[4 * i + 1]!;
    const x2 = boxes[4 * i + 2]!;
    const y2 = boxes[4 * i + 3]!;
    const area = Math.fround(Math.fround(x2 - x1) * Math.fround(y2 - y1));
    const group = groupOf[i]!;
    if (overlapsAny(kept, start[group]!, end[group]!, x1, y1, x2, y2, area, iouThreshold)) continue;
    kept.set([x1, y1, x2, y2, area], 5 * end[group]!);
    end[group]!++;
    result.push(i);
  }
  return Int32Array.from(result);
}

/**
 * Every step is rounded to float32, as torchvision's kernel does, so that the decision on the threshold is the same.
 */
function overlapsAny(
  kept: Float32Array,
  start: number,
  end: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  area: number,
  iouThreshold: number,
): boolean {
  for (let k = 5 * start; k < 5 * end; k += 5) {
    const width = Math.fround(Math.min(x2, kept[k + 2]!) - Math.max(x1, kept[k]!));
    if (width <= 0) continue;
    const height = Math.fround(Math.min(y2, kept[k + 3]!) - Math.max(y1, kept[k + 1]!));
    if (height <= 0) continue;
    const intersection = Math.fround(width * height);
    const union = Math.fround(Math.fround(kept[k + 4]! + area) - intersection);
    if (Math.fround(intersection / union) > iouThreshold) return true;
  }
  return false;
}
