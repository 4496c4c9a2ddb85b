import type { CocoDetection, CocoMetrics, Dataset } from '../types.ts';
import { byFallingScore, groupDetections, groupGroundTruth } from './group.ts';
import { FALSE_POSITIVE, matchCategory, TRUE_POSITIVE, type CategoryMatch } from './match-category.ts';

/** Ranges of area in square pixels, by name: COCO's. Bounds are inclusive. */
export const COCO_AREAS: Readonly<Record<string, readonly [number, number]>> = {
  all: [0, 1e5 ** 2],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e5 ** 2],
};

/** `.5 .55 … .95`, bit for bit numpy's linspace. */
export const COCO_IOU_THRESHOLDS: readonly number[] = linspace(0.5, 0.95, 10);

const RECALLS = linspace(0, 1, 101);

/** What differs from COCO's own settings. */
export interface EvaluateOptions {
  /** IoU from which a detection matches; default .5 to .95 in steps of .05. */
  readonly iouThresholds?: readonly number[];
  /** Detections counted for each image and class, rising; default 1, 10, 100. AP is taken at the last. */
  readonly maxDets?: readonly number[];
  /** Ranges of area by name; default {@link COCO_AREAS}. APs and so on are -1 where their name is not among them. */
  readonly areas?: Readonly<Record<string, readonly [number, number]>>;
}

/** AP of one class, 0..1, or -1 where the data set has no object of it. */
export interface ClassMetrics {
  readonly name: string;
  readonly AP: number;
  readonly AP50: number;
}

/**
 * Result of {@link evaluateCoco}. T thresholds, R = 101 recalls (0, .01 … 1), K classes, A ranges of area, M maxDets.
 */
export interface CocoEvaluation {
  readonly metrics: CocoMetrics;
  /** In the order of the categories. */
  readonly perClass: readonly ClassMetrics[];
  /** `[T, R, K, A]`: highest precision at that recall or above, at the last of maxDets; -1 where there is no object. */
  readonly precision: Float64Array;
  /** `[T, K, A, M]`: highest recall; -1 where there is no object. */
  readonly recall: Float64Array;
  /** What the axes are. */
  readonly axes: {
    readonly iouThresholds: readonly number[];
    readonly recalls: readonly number[];
    readonly classes: readonly string[];
    readonly areas: readonly string[];
    readonly maxDets: readonly number[];
  };
}

/**
 * COCO's box metrics, equal to pycocotools' `COCOeval(…, 'bbox')`: crowds (matched any number of times, never counted),
 * area ranges by the annotation's `area` and by w·h of a detection, ties by the order of the file, at most maxDets an
 * image and class. Also its quirk that a match with an annotation of id 0 counts as none: number annotations from 1.
 *
 * @throws Error where a detection is of an unknown image or category, or not finite.
 */
export function evaluateCoco(
  dataset: Dataset,
  detections: readonly CocoDetection[],
  options: EvaluateOptions = {},
): CocoEvaluation {
  const { iouThresholds = COCO_IOU_THRESHOLDS, areas = COCO_AREAS } = options;
  const maxDets = [...(options.maxDets ?? [1, 10, 100])].sort((a, b) => a - b);
  check(iouThresholds, maxDets);
  const sorted = sortImages(dataset);
  const truth = groupGroundTruth(sorted);
  const found = groupDetections(sorted, detections);
  const areaNames = Object.keys(areas);
  const ranges = Object.values(areas);

  const [T, R, K, A, M] = [
    iouThresholds.length,
    RECALLS.length,
    sorted.categories.length,
    ranges.length,
    maxDets.length,
  ];
  const precision = new Float64Array(T * R * K * A).fill(-1);
  const recall = new Float64Array(T * K * A * M).fill(-1);
  for (let k = 0; k < K; k++) {
    const match = matchCategory(truth, found, k, iouThresholds, ranges, maxDets.at(-1) as number);
    const order = Int32Array.from(match.score, (_, i) => i);
    byFallingScore(order, match.score);
    const curve = new Float64Array(order.length);
    for (let a = 0; a < A; a++) {
      const objects = match.objects[a] as number;
      if (objects === 0) continue;
      for (let t = 0; t < T; t++) {
        const states = match.state.subarray((a * T + t) * order.length, (a * T + t + 1) * order.length);
        maxDets.forEach((max, m) => {
          recall[((t * K + k) * A + a) * M + m] = truePositives(match, states, max) / objects;
        });
        precisionAtRecalls(states, order, objects, curve, (r, value) => {
          precision[((t * R + r) * K + k) * A + a] = value;
        });
      }
    }
  }
  const axes = {
    iouThresholds,
    recalls: RECALLS,
    classes: sorted.categories.map(({ name }) => name),
    areas: areaNames,
    maxDets,
  };
  return { ...summarize(precision, recall, axes), precision, recall, axes };
}

/** Images in id order, as pycocotools takes them: the order decides ties between images. */
function sortImages(dataset: Dataset): Dataset {
  const rising = dataset.images.every((image, i) => i === 0 || (dataset.images[i - 1]?.id as number) < image.id);
  return rising ? dataset : { ...dataset, images: [...dataset.images].sort((a, b) => a.id - b.id) };
}

function truePositives({ rank }: CategoryMatch, states: Uint8Array, max: number): number {
  let count = 0;
  for (let i = 0; i < states.length; i++) if (states[i] === TRUE_POSITIVE && (rank[i] as number) < max) count++;
  return count;
}

/** The precision envelope at the 101 recalls; 0 beyond the highest recall reached. `curve` is scratch space. */
function precisionAtRecalls(
  states: Uint8Array,
  order: Int32Array,
  objects: number,
  curve: Float64Array,
  write: (recall: number, precision: number) => void,
): void {
  const D = order.length;
  let tp = 0;
  let fp = 0;
  for (let i = 0; i < D; i++) {
    const state = states[order[i] as number];
    if (state === TRUE_POSITIVE) tp++;
    else if (state === FALSE_POSITIVE) fp++;
    curve[i] = tp / (fp + tp + Number.EPSILON);
  }
  for (let i = D - 1; i > 0; i--)
    if ((curve[i] as number) > (curve[i - 1] as number)) curve[i - 1] = curve[i] as number;
  let i = 0;
  let reached = D > 0 && states[order[0] as number] === TRUE_POSITIVE ? 1 : 0;
  for (let r = 0; r < RECALLS.length; r++) {
    while (i < D && reached / objects < (RECALLS[r] as number)) {
      i++;
      if (i < D && states[order[i] as number] === TRUE_POSITIVE) reached++;
    }
    write(r, i < D ? (curve[i] as number) : 0);
  }
}

function summarize(
  precision: Float64Array,
  recall: Float64Array,
  { iouThresholds, classes, areas, maxDets }: CocoEvaluation['axes'],
): { metrics: CocoMetrics; perClass: ClassMetrics[] } {
  const [T, R, K, A, M] = [iouThresholds.length, RECALLS.length, classes.length, areas.length, maxDets.length];
  const each = (n: number) => Array.from({ length: n }, (_, i) => i);
  const ap = (area: string, threshold: number | undefined, ks: number[]) => {
    const a = areas.indexOf(area);
    const ts = threshold === undefined ? each(T) : each(T).filter((t) => iouThresholds[t] === threshold);
    let sum = 0;
    let count = 0;
    for (const t of a < 0 ? [] : ts) {
      for (const k of ks) {
        for (let r = 0; r < R; r++) {
          const value = precision[((t * R + r) * K + k) * A + a] as number;
          if (value < 0) break;
          sum += value;
          count++;
        }
      }
    }
    return count === 0 ? -1 : sum / count;
  };
  const ar = (area: string, m: number) => {
    const a = areas.indexOf(area);
    let sum = 0;
    let count = 0;
    for (let tk = 0; tk < T * K && a >= 0 && m < M; tk++) {
      const value = recall[(tk * A + a) * M + m] as number;
      if (value < 0) continue;
      sum += value;
      count++;
    }
    return count === 0 ? -1 : sum / count;
  };
  const all = each(K);
  const metrics = {
    AP: ap('all', undefined, all),
    AP50: ap('all', 0.5, all),
    AP75: ap('all', 0.75, all),
    APs: ap('small', undefined, all),
    APm: ap('medium', undefined, all),
    APl: ap('large', undefined, all),
    AR1: ar('all', 0),
    AR10: ar('all', 1),
    AR100: ar('all', M - 1),
    ARs: ar('small', M - 1),
    ARm: ar('medium', M - 1),
    ARl: ar('large', M - 1),
  };
  const perClass = classes.map((name, k) => ({ name, AP: ap('all', undefined, [k]), AP50: ap('all', 0.5, [k]) }));
  return { metrics, perClass };
}

/** numpy.linspace: the last value is the end itself, the others start + i · step. */
function linspace(start: number, end: number, count: number): number[] {
  const step = (end - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? end : i * step + start));
}

function check(iouThresholds: readonly number[], maxDets: readonly number[]): void {
  if (iouThresholds.length === 0 || !iouThresholds.every((t) => t > 0 && t <= 1)) {
    throw new Error(
      `iouThresholds is [${iouThresholds.join(', ')}]; it needs one value or more, each above 0 and at most 1.`,
    );
  }
  if (maxDets.length === 0 || !maxDets.every((m) => Number.isInteger(m) && m > 0)) {
    throw new Error(`maxDets is [${maxDets.join(', ')}]; it needs one positive whole number or more.`);
  }
}
