import type { Detections, GroundTruth } from './group.ts';

/** What a detection counts as, at one threshold and in one range of areas. */
export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
/** Neither: matched to a crowd or to an object outside the range, or unmatched and itself outside the range. */
export const IGNORED = 2;

/**
 * The detections of one class after matching. D of them, image by image, by falling score, at most `maxDetections` an
 * image.
 */
export interface CategoryMatch {
  readonly score: Float64Array;
  /** Position of each detection in its image, by score. */
  readonly rank: Int32Array;
  /** `[areas, thresholds, D]`: {@link FALSE_POSITIVE}, {@link TRUE_POSITIVE} or {@link IGNORED}. */
  readonly state: Uint8Array;
  /** Objects to be found in each range of areas. */
  readonly objects: Int32Array;
}

/**
 * Matches the detections of one class to its objects as pycocotools' `evaluateImg` does: detections by falling score,
 * each takes the object of highest IoU that is still free (the last of equals), ordinary objects before ignored ones;
 * crowds are never used up.
 */
export function matchCategory(
  truth: GroundTruth,
  found: Detections,
  category: number,
  thresholds: readonly number[],
  areas: readonly (readonly [number, number])[],
  maxDetections: number,
): CategoryMatch {
  const gtFrom = truth.classStart[category] as number;
  const gtTo = truth.classStart[category + 1] as number;
  const dtFrom = found.classStart[category] as number;
  const dtTo = found.classStart[category + 1] as number;

  const T = thresholds.length;
  const A = areas.length;
  const objects = new Int32Array(A);
  for (let g = gtFrom; g < gtTo; g++) {
    for (let a = 0; a < A; a++) if (!isIgnored(truth, g, areas[a] as readonly [number, number])) objects[a]!++;
  }

  const kept = keepBest(found, dtFrom, dtTo, maxDetections);
  const D = kept.rows.length;
  const state = new Uint8Array(A * T * D);
  const limits = thresholds.map((t) => Math.min(t, 1 - 1e-10));
  let scratch: Scratch = allocate(0, 0);

  let g = gtFrom;
  for (let from = 0; from < D;) {
    const image = found.image[kept.rows[from] as number] as number;
    let to = from + 1;
    while (to < D && found.image[kept.rows[to] as number] === image) to++;
    while (g < gtTo && (truth.image[g] as number) < image) g++;
    let gEnd = g;
    while (gEnd < gtTo && truth.image[gEnd] === image) gEnd++;
    const G = gEnd - g;
    const rows = kept.rows.subarray(from, to);
    if (scratch.iou.length < rows.length * G || scratch.order.length < G) scratch = allocate(rows.length, G);
    if (G > 0) fillIou(scratch.iou, truth, g, G, found, rows);
    for (let a = 0; a < A; a++) {
      matchImage(
        truth,
        g,
        G,
        found,
        rows,
        limits,
        areas[a] as readonly [number, number],
        scratch,
        state,
        a * T * D + from,
        D,
      );
    }
    g = gEnd;
    from = to;
  }
  return { score: kept.score, rank: kept.rank, state, objects };
}

interface Scratch {
  iou: Float64Array;
  order: Int32Array;
  ignored: Uint8Array;
  taken: Uint8Array;
}

const allocate = (D: number, G: number): Scratch => ({
  iou: new Float64Array(Math.max(64, D * G * 2)),
  order: new Int32Array(Math.max(16, G * 2)),
  ignored: new Uint8Array(Math.max(16, G * 2)),
  taken: new Uint8Array(Math.max(16, G * 2)),
});

const isIgnored = (truth: GroundTruth, g: number, [low, high]: readonly [number, number]) =>
  truth.crowd[g] === 1 || (truth.area[g] as number) < low || (truth.area[g] as number) > high;

function keepBest(found: Detections, from: number, to: number, max: number) {
  const rows = new Int32Array(to - from);
  const rank = new Int32Array(to - from);
  let n = 0;
  let position = 0;
  for (let d = from; d < to; d++) {
    position = d > from && found.image[d] === found.image[d - 1] ? position + 1 : 0;
    if (position >= max) continue;
    rows[n] = d;
    rank[n++] = position;
  }
  const kept = rows.subarray(0, n);
  return { rows: kept, rank: rank.subarray(0, n), score: Float64Array.from(kept, (d) => found.score[d] as number) };
}

/**
 * IoU `[D, G]` in the order of operations of pycocotools' maskApi.c, so that ties fall alike; a crowd divides by the
 * detection's area.
 */
function fillIou(
  iou: Float64Array,
  truth: GroundTruth,
  g0: number,
  G: number,
  found: Detections,
  rows: Int32Array,
): void {
  const a = found.xywh;
  const b = truth.xywh;
  for (let d = 0; d < rows.length; d++) {
    const i = (rows[d] as number) * 4;
    const dx = a[i] as number;
    const dy = a[i + 1] as number;
    const dw = a[i + 2] as number;
    const dh = a[i + 3] as number;
    for (let g = 0; g < G; g++) {
      const j = (g0 + g) * 4;
      const gx = b[j] as number;
      const gy = b[j + 1] as number;
      const gw = b[j + 2] as number;
      const gh = b[j + 3] as number;
      const w = Math.min(dw + dx, gw + gx) - Math.max(dx, gx);
      const h = Math.min(dh + dy, gh + gy) - Math.max(dy, gy);
      let value = 0;
      if (w > 0 && h > 0) {
        const inter = w * h;
        const area = dw * dh;
        value = inter / (truth.crowd[g0 + g] === 1 ? area : area + gw * gh - inter);
      }
      iou[d * G + g] = value;
    }
  }
}

function matchImage(
  truth: GroundTruth,
  g0: number,
  G: number,
  found: Detections,
  rows: Int32Array,
  limits: readonly number[],
  range: readonly [number, number],
  { iou, order, ignored, taken }: Scratch,
  state: Uint8Array,
  offset: number,
  stride: number,
): void {
  // Ignored objects last, each part in its own order.
  let ordinary = 0;
  for (let g = 0; g < G; g++) if (!isIgnored(truth, g0 + g, range)) order[ordinary++] = g;
  let n = ordinary;
  for (let g = 0; g < G; g++) if (isIgnored(truth, g0 + g, range)) order[n++] = g;
  for (let g = 0; g < G; g++) ignored[g] = g >= ordinary ? 1 : 0;

  for (let t = 0; t < limits.length; t++) {
    taken.fill(0, 0, G);
    const limit = limits[t] as number;
    for (let d = 0; d < rows.length; d++) {
      let best = limit;
      let match = -1;
      for (let k = 0; k < G; k++) {
        const g = order[k] as number;
        if (taken[k] === 1 && truth.crowd[g0 + g] === 0) continue;
        if (match > -1 && ignored[match] === 0 && ignored[k] === 1) break;
        const value = iou[d * G + g] as number;
        if (value < best) continue;
        best = value;
        match = k;
      }
      let result: number;
      if (match > -1) taken[match] = 1;
      if (match > -1 && truth.idZero[g0 + (order[match] as number)] === 0) {
        result = ignored[match] === 1 ? IGNORED : TRUE_POSITIVE;
      } else {
        const i = (rows[d] as number) * 4;
        const area = (found.xywh[i + 2] as number) * (found.xywh[i + 3] as number);
        const outside = area < range[0] || area > range[1];
        result = outside || (match > -1 && ignored[match] === 1) ? IGNORED : FALSE_POSITIVE;
      }
      state[offset + t * stride + d] = result;
    }
  }
}
