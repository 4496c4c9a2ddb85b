/** Which ground-truth box an anchor answers for, by IoU (torchvision's `Matcher`). */
export interface MatchingSettings {
  /** An anchor with an IoU of at least this is positive. */
  readonly foregroundIou: number;
  /** An anchor with an IoU below this is background; between the two it is ignored. */
  readonly backgroundIou: number;
  /**
   * The anchors that fit a box best (all ties) are positive, whatever their IoU: for the box they themselves fit best
   * (`own-best`, torchvision), for the box that chose them (`forced`, mmdetection), or not at all.
   */
  readonly lowQuality: 'own-best' | 'forced' | 'none';
  /**
   * A box takes its best anchors by `lowQuality` only if their IoU is at least this (mmdetection's `min_pos_iou`).
   * Default: any above 0.
   */
  readonly lowQualityIou?: number;
}

/** Index of no box: the anchor is background. */
export const BACKGROUND = -1;
/** Index of no box: the anchor's IoU is between the thresholds, and it enters no classification loss. */
export const IGNORED = -2;

const f = Math.fround;

/**
 * @param anchors `[N · 4]`, boxes `x1 y1 x2 y2`
 * @param boxes `[G · 4]`; may be empty
 * @returns `[N]`: index of the matched box, `BACKGROUND` or `IGNORED`
 *
 * In float32 step by step, as torch computes: ties decide about low-quality matches. Unlike torchvision's, a box that
 * touches no anchor at all matches none (there it would match every anchor that it does not touch).
 */
export function matchAnchors(anchors: Float32Array, boxes: Float32Array, settings: MatchingSettings): Int32Array {
  const { foregroundIou, backgroundIou, lowQuality } = settings;
  const count = anchors.length / 4;
  const boxCount = boxes.length / 4;
  const matches = new Int32Array(count).fill(BACKGROUND);
  if (boxCount === 0) return matches;

  const best = new Float32Array(count);
  const bestBox = new Int32Array(count);
  const highest = new Float32Array(boxCount);
  // the anchors that reach a box's highest IoU so far
  const holders: number[][] = Array.from({ length: boxCount }, () => []);

  const areas = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    const i = 4 * n;
    areas[n] = f(anchors[i + 2]! - anchors[i]!) * f(anchors[i + 3]! - anchors[i + 1]!);
  }
  for (let g = 0; g < boxCount; g++) {
    const x1 = boxes[4 * g]!;
    const y1 = boxes[4 * g + 1]!;
    const x2 = boxes[4 * g + 2]!;
    const y2 = boxes[4 * g + 3]!;
    const area = f(f(x2 - x1) * f(y2 - y1));
    for (let n = 0; n < count; n++) {
      const i = 4 * n;
      const w = f(Math.min(x2, anchors[i + 2]!) - Math.max(x1, anchors[i]!));
      const h = f(Math.min(y2, anchors[i + 3]!) - Math.max(y1, anchors[i + 1]!));
      if (!(w > 0 && h > 0)) continue;
      const inter = f(w * h);
      const iou = f(inter / f(f(area + areas[n]!) - inter));
      if (iou > best[n]!) {
        best[n] = iou;
        bestBox[n] = g;
      }
      if (iou > highest[g]!) {
        highest[g] = iou;
        holders[g] = [n];
      } else if (iou === highest[g]! && iou > 0) {
        holders[g]!.push(n);
      }
    }
  }
  const low = f(backgroundIou);
  const high = f(foregroundIou);
  for (let n = 0; n < count; n++) {
    matches[n] = best[n]! < low ? BACKGROUND : best[n]! < high ? IGNORED : bestBox[n]!;
  }
  if (lowQuality !== 'none') {
    const least = f(settings.lowQualityIou ?? 0);
    holders.forEach((list, g) => {
      if (highest[g]! < least) return;
      for (const n of list) matches[n] = lowQuality === 'forced' ? g : bestBox[n]!;
    });
  }
  return matches;
}
