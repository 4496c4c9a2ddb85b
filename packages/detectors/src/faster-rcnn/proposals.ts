/**
 * From the RPN's predictions to proposals, on the host (torchvision's `filter_proposals`). They carry no gradient.
 *
 * Shapes: `N` proposals of all images.
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
import { phase, type Regions } from '@sed/tensor-ops';
import { downloadLevelsNow, type HostLevel } from '../dense/levels.ts';
import type { FasterRcnnContext } from './context.ts';
import type { FasterRcnnForward } from './forward.ts';
import type { ProposalCounts } from './settings.ts';

/**
 * Of each level the anchors with the highest scores, decoded and clipped to the valid part of their image; then
 * suppression inside each level, and the best of what is left.
 * @param hostLevels the RPN's predictions
 * @param sizes valid part of each image, in pixels
 * @returns for each image its boxes `[n, 4]`, best first
 */
export function proposeBoxes(
  hostLevels: readonly HostLevel[],
  sizes: FasterRcnnForward['sizes'],
  { settings, anchorsOf }: FasterRcnnContext,
  { candidatesPerLevel, proposals }: ProposalCounts,
): Float32Array[] {
  const { rpn, boxes: coding } = settings;
  const levels = hostLevels.map(({ grid, ...values }) => ({ anchors: anchorsOf(grid), ...values }));
  return sizes.map((size, b) => {
    const boxes: Float32Array[] = [];
    const scores: number[] = [];
    const levelOf: number[] = [];
    levels.forEach(({ anchors, logits, deltas }, l) => {
      const rows = anchors.length / 4;
      const start = b * rows;
      const best = topK(logits.subarray(start, start + rows), candidatesPerLevel);
      const decoded = decodeDeltas(
        pickBoxes(deltas.subarray(4 * start, 4 * (start + rows)), best),
        pickBoxes(anchors, best),
        { clampSides: coding.clampSides },
      );
      const clipped = clipBoxes(decoded, size.width, size.height);
      const large = keepLargeBoxes(clipped, rpn.minSize);
      boxes.push(pickBoxes(clipped, large));
      for (const k of large) {
        // as float32: where two scores round to one, torch keeps their order
        scores.push(Math.fround(1 / (1 + Math.exp(-logits[start + best[k]!]!))));
        levelOf.push(l);
      }
    });
    const all = joinBoxes(boxes);
    const keep = batchedNonMaxSuppression(all, Float32Array.from(scores), levelOf, rpn.nmsIou, proposals);
    return pickBoxes(all, keep);
  });
}

/** The proposals of a forward pass, for work inside a gradient's tape: two tensors are read without waiting. */
export function proposeNow(
  forward: FasterRcnnForward,
  context: FasterRcnnContext,
  counts: ProposalCounts,
): Float32Array[] {
  return phase('proposals', () =>
    proposeBoxes(downloadLevelsNow(forward, 'proposing regions'), forward.sizes, context, counts),
  );
}

/** The boxes of all images as one list. */
export function regionsOf(perImage: readonly Float32Array[]): Regions {
  return {
    boxes: joinBoxes(perImage),
    images: Int32Array.from(perImage.flatMap((boxes, b) => new Array<number>(boxes.length / 4).fill(b))),
  };
}
