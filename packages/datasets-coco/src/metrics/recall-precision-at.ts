import type { CocoDetection, Dataset } from '../types.ts';
import { groupDetections, groupGroundTruth } from './group.ts';
import { IGNORED, matchCategory, TRUE_POSITIVE } from './match-category.ts';

/** Quality of the pseudo-labels that a score threshold would take. */
export interface RecallPrecision {
  readonly threshold: number;
  /** Part of the taken detections that are right, 0..1; -1 where none is taken. */
  readonly precision: number;
  /** Part of the objects that are found, 0..1; -1 where there is none. */
  readonly recall: number;
  readonly truePositives: number;
  /** Detections taken, those on crowds not counted. */
  readonly predictions: number;
  /** Objects of the data set, crowds not counted. */
  readonly objects: number;
}

/**
 * Precision and recall of detections, taken as pseudo-labels from each score threshold on (the paper's Fig 2c), over
 * all classes and images together. Matched as {@link evaluateCoco} matches, without a bound on the detections of an
 * image.
 *
 * @param options.iou IoU from which a detection is right (the paper: .5 and .9).
 * @param options.scoreThresholds a detection is taken where its score is at least this.
 */
export function recallPrecisionAt(
  dataset: Dataset,
  detections: readonly CocoDetection[],
  options: { iou: number; scoreThresholds: readonly number[] },
): RecallPrecision[] {
  const { scoreThresholds } = options;
  const classes = recallPrecisionCounts(dataset, detections, options);
  const total = (of: (counts: RecallPrecisionCounts) => number) => classes.reduce((sum, counts) => sum + of(counts), 0);
  return scoreThresholds.map((threshold, s) =>
    recallPrecisionOf(threshold, {
      objects: total(({ objects }) => objects),
      predictions: total(({ predictions }) => predictions[s]!),
      truePositives: total(({ truePositives }) => truePositives[s]!),
    }),
  );
}

/**
 * What {@link recallPrecisionAt} counts of one class: counts of parts of a data set, matched image by image, add up.
 */
export interface RecallPrecisionCounts {
  /** Crowds not counted. */
  readonly objects: number;
  /** By threshold: detections taken, those on crowds not counted. */
  readonly predictions: readonly number[];
  /** By threshold: those that are right. */
  readonly truePositives: readonly number[];
}

/** The counts of each class, by class index. Arguments and matching are those of {@link recallPrecisionAt}. */
export function recallPrecisionCounts(
  dataset: Dataset,
  detections: readonly CocoDetection[],
  options: { iou: number; scoreThresholds: readonly number[] },
): RecallPrecisionCounts[] {
  const { iou, scoreThresholds } = options;
  if (!(iou > 0 && iou <= 1)) throw new Error(`iou is ${iou}; it must be above 0 and at most 1.`);
  const truth = groupGroundTruth(dataset);
  const found = groupDetections(dataset, detections);
  const everything = [[-Infinity, Infinity]] as const;
  return dataset.categories.map((_, k) => {
    const predictions = scoreThresholds.map(() => 0);
    const truePositives = scoreThresholds.map(() => 0);
    // Greedy matching goes by falling score, so what a detection matches does not depend on those below it: one pass
    // serves all thresholds.
    const match = matchCategory(truth, found, k, [iou], everything, Infinity);
    for (let d = 0; d < match.state.length; d++) {
      if (match.state[d] === IGNORED) continue;
      for (let s = 0; s < scoreThresholds.length; s++) {
        if ((match.score[d] as number) < (scoreThresholds[s] as number)) continue;
        predictions[s]!++;
        if (match.state[d] === TRUE_POSITIVE) truePositives[s]!++;
      }
    }
    return { objects: match.objects[0] as number, predictions, truePositives };
  });
}

/** Precision and recall of counts at one threshold. */
export function recallPrecisionOf(
  threshold: number,
  counts: Pick<RecallPrecision, 'objects' | 'predictions' | 'truePositives'>,
): RecallPrecision {
  const { objects, predictions, truePositives } = counts;
  return {
    threshold,
    precision: predictions === 0 ? -1 : truePositives / predictions,
    recall: objects === 0 ? -1 : truePositives / objects,
    truePositives,
    predictions,
    objects,
  };
}
