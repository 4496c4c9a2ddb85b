import type { CocoDetection, Dataset } from '../types.ts';
import { byFallingScore, groupDetections, groupGroundTruth } from './group.ts';
import { IGNORED, matchCategory, TRUE_POSITIVE } from './match-category.ts';

/** The score from which on detections are worth most, as the harmonic mean of precision and recall has it. */
export interface BestF1 {
  /** Detections with at least this score are taken. */
  readonly threshold: number;
  /** 2 · precision · recall / (precision + recall), 0..1. */
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
}

/** {@link BestF1} of a data set; undefined where no detection is right. */
export interface BestF1Scores {
  /** One threshold for all classes, over their objects together. */
  readonly all: BestF1 | undefined;
  /** A threshold for each class, in the order of the categories. */
  readonly perClass: readonly ((BestF1 & { readonly name: string }) | undefined)[];
}

/**
 * The score thresholds with the best F1. Matched as `evaluateCoco` matches, without a bound on the detections of an
 * image; what lies on a crowd is neither right nor wrong. Of equal F1 the higher threshold is taken.
 *
 * @param options.iou IoU from which a detection is right; default 0.5
 */
export function bestF1(
  dataset: Dataset,
  detections: readonly CocoDetection[],
  { iou = 0.5 }: { readonly iou?: number } = {},
): BestF1Scores {
  if (!(iou > 0 && iou <= 1)) throw new Error(`iou is ${iou}; it must be above 0 and at most 1.`);
  const truth = groupGroundTruth(dataset);
  const found = groupDetections(dataset, detections);
  const scores: number[] = [];
  const right: boolean[] = [];
  let objects = 0;
  const perClass = dataset.categories.map(({ name }, k) => {
    const match = matchCategory(truth, found, k, [iou], [[-Infinity, Infinity]], Infinity);
    const counted = [...match.state.keys()].filter((d) => match.state[d] !== IGNORED);
    const own = counted.map((d) => match.score[d]!);
    const ownRight = counted.map((d) => match.state[d] === TRUE_POSITIVE);
    const ownObjects = match.objects[0]!;
    for (const score of own) scores.push(score);
    for (const is of ownRight) right.push(is);
    objects += ownObjects;
    const best = sweep(own, ownRight, ownObjects);
    return best && { name, ...best };
  });
  return { all: sweep(scores, right, objects), perClass };
}

/** Takes detections by falling score, those of one score together. */
function sweep(scores: readonly number[], right: readonly boolean[], objects: number): BestF1 | undefined {
  const values = Float64Array.from(scores);
  const order = Int32Array.from(values, (_, i) => i);
  byFallingScore(order, values);
  let best: BestF1 | undefined;
  let hits = 0;
  for (let i = 0; i < order.length; i++) {
    if (right[order[i]!]) hits++;
    const threshold = values[order[i]!]!;
    if (i + 1 < order.length && values[order[i + 1]!] === threshold) continue;
    const f1 = (2 * hits) / (i + 1 + objects);
    if (hits > 0 && f1 > (best?.f1 ?? 0)) best = { threshold, f1, precision: hits / (i + 1), recall: hits / objects };
  }
  return best;
}
