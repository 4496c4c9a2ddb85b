import type { CocoDetection, Dataset } from '../types.ts';
import { groupDetections, groupGroundTruth, type Detections, type GroundTruth } from './group.ts';

/** How AP is read off the curve: `voc07` at 11 recalls, `voc10` (2010 and later) the whole area. */
export type VocProtocol = 'voc07' | 'voc10';

/** Settings of {@link evaluateVoc}. */
export interface VocOptions {
  readonly protocol: VocProtocol;
  /** IoU from which a detection is right; default 0.5. */
  readonly iou?: number;
  /**
   * The widths and heights, of objects and of detections, are xmax − xmin, without the last pixel, as many converters
   * write them: one pixel is added to both. Default false: they are xmax − xmin + 1, as `loadVoc` has them.
   */
  readonly extraPixel?: boolean;
}

/** One class. */
export interface VocClassMetrics {
  readonly name: string;
  /** 0..1; -1 where there is no object to find. */
  readonly AP: number;
  /** Objects to find, without difficult ones and crowds. */
  readonly objects: number;
  /** Difficult objects and crowds. */
  readonly ignored: number;
  readonly detections: number;
  /** Part of the objects that are found with all detections, 0..1; -1 where there is none. */
  readonly recall: number;
}

/** Result of {@link evaluateVoc}. */
export interface VocEvaluation {
  readonly protocol: VocProtocol;
  readonly iou: number;
  /**
   * Mean AP of the classes with objects, 0..1; -1 where there is none. With IoU 0.5 it is what papers call VOC's AP50.
   */
  readonly mAP: number;
  /** In the order of the categories. */
  readonly perClass: readonly VocClassMetrics[];
}

/**
 * Pascal VOC's detection metric, as the devkit's VOCevaldet.m has it: detections of a class by falling score over all
 * images (equal scores in the order of the input), each is compared with the object of the class and image with the
 * highest IoU (the first of equals); from `iou` on it is right the first time and wrong every other time, and neither
 * where that object is difficult or a crowd. An object below the best one is never tried. Areas are w·h with w = xmax −
 * xmin + 1: pixels, both corners inclusive.
 *
 * Equal to chainercv's `eval_detection_voc` and to py-faster-rcnn's port (YOLOX's copy) to 1e-12. That port and its
 * siblings in detectron2 and mmdetection want IoU > 0.5 instead of ≥ 0.5, which differs only where it is 0.5 exactly.
 *
 * @throws Error where a detection is of an unknown image or category, or not finite, or a setting makes no sense.
 */
export function evaluateVoc(
  dataset: Dataset,
  detections: readonly CocoDetection[],
  { protocol, iou = 0.5, extraPixel = false }: VocOptions,
): VocEvaluation {
  if (!(iou > 0 && iou <= 1)) throw new Error(`iou is ${iou}; it must be above 0 and at most 1.`);
  const truth = groupGroundTruth(dataset);
  const found = groupDetections(dataset, detections);
  const pixel = extraPixel ? 1 : 0;
  const perClass = dataset.categories.map(({ name }, k) => {
    const [from, to] = [truth.classStart[k] as number, truth.classStart[k + 1] as number];
    let objects = 0;
    for (let g = from; g < to; g++) if (!isIgnored(truth, g)) objects++;
    const counts = matchClass(truth, found, k, iou, pixel);
    const recalls = counts.truePositives.map((tp) => tp / objects);
    const precisions = counts.truePositives.map(
      (tp, d) => tp / Math.max(tp + counts.falsePositives[d]!, Number.EPSILON),
    );
    const average = protocol === 'voc07' ? elevenPoints : area;
    return {
      name,
      AP: objects === 0 ? -1 : average(recalls, precisions),
      objects,
      ignored: to - from - objects,
      detections: recalls.length,
      recall: objects === 0 ? -1 : (recalls.at(-1) ?? 0),
    };
  });
  const scored = perClass.filter(({ AP }) => AP >= 0);
  const mAP = scored.length === 0 ? -1 : scored.reduce((sum, { AP }) => sum + AP, 0) / scored.length;
  return { protocol, iou, mAP, perClass };
}

const isIgnored = (truth: GroundTruth, g: number) => truth.difficult[g] === 1 || truth.crowd[g] === 1;

/** Right and wrong detections of a class so far, after each of its detections by falling score. */
function matchClass(truth: GroundTruth, found: Detections, k: number, iou: number, pixel: number) {
  const [from, to] = [found.classStart[k] as number, found.classStart[k + 1] as number];
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
  rows.sort((a, b) => found.score[b]! - found.score[a]! || found.position[a]! - found.position[b]!);
  const objectsOf = rangesByImage(truth, k);
  const taken = new Set<number>();
  const truePositives: number[] = [];
  const falsePositives: number[] = [];
  let [tp, fp] = [0, 0];
  for (const d of rows) {
    const [first, end] = objectsOf.get(found.image[d] as number) ?? [0, 0];
    let best = -1;
    let match = -1;
    for (let g = first; g < end; g++) {
      const value = overlap(found.xywh, d, truth.xywh, g, pixel);
      if (value > best) [best, match] = [value, g];
    }
    if (best < iou) fp++;
    else if (!isIgnored(truth, match)) {
      if (taken.has(match)) fp++;
      else tp++;
      taken.add(match);
    }
    truePositives.push(tp);
    falsePositives.push(fp);
  }
  return { truePositives, falsePositives };
}

/** First object and one behind the last of each image with objects of class `k`. */
function rangesByImage(truth: GroundTruth, k: number): Map<number, [number, number]> {
  const ranges = new Map<number, [number, number]>();
  for (let g = truth.classStart[k] as number; g < (truth.classStart[k + 1] as number); g++) {
    const image = truth.image[g] as number;
    const range = ranges.get(image);
    if (range === undefined) ranges.set(image, [g, g + 1]);
    else range[1] = g + 1;
  }
  return ranges;
}

/** IoU of box i of a and box j of b, `x y w h` each. */
function overlap(a: Float64Array, i: number, b: Float64Array, j: number, pixel: number): number {
  const [ax, ay, aw, ah] = [a[4 * i]!, a[4 * i + 1]!, a[4 * i + 2]! + pixel, a[4 * i + 3]! + pixel];
  const [bx, by, bw, bh] = [b[4 * j]!, b[4 * j + 1]!, b[4 * j + 2]! + pixel, b[4 * j + 3]! + pixel];
  const w = Math.min(ax + aw, bx + bw) - Math.max(ax, bx);
  const h = Math.min(ay + ah, by + bh) - Math.max(ay, by);
  if (!(w > 0 && h > 0)) return 0;
  return (w * h) / (aw * ah + bw * bh - w * h);
}

/** VOC 2007: mean over the recalls 0, 0.1, … 1 of the highest precision at that recall or above. */
function elevenPoints(recalls: readonly number[], precisions: readonly number[]): number {
  let sum = 0;
  for (let point = 0; point <= 10; point++) {
    // As numpy.arange(0, 1.1, 0.1) has them: 3 * 0.1 is a little above 0.3, and a recall of 0.3 does not reach it.
    const least = point * 0.1;
    let highest = 0;
    for (let d = 0; d < recalls.length; d++) if (recalls[d]! >= least) highest = Math.max(highest, precisions[d]!);
    sum += highest / 11;
  }
  return sum;
}

/** VOC 2010 and later: area under the precision envelope. */
function area(recalls: readonly number[], precisions: readonly number[]): number {
  let sum = 0;
  let envelope = 0;
  for (let d = recalls.length - 1; d >= 0; d--) {
    envelope = Math.max(envelope, precisions[d]!);
    sum += (recalls[d]! - (d === 0 ? 0 : recalls[d - 1]!)) * envelope;
  }
  return sum;
}
