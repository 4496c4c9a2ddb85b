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
 * Precision and recall of detections, taken as pseudo-labels from each score threshold on (the paper's Fig 2c), over all classes
 * and images together. Matched as {@link evaluateCoco} matches, without a bound on the detections of an image.
 *
 * @param options.iou IoU from which a detection is right (the paper: .5 and .9).
 * @param options.scoreThresholds a detection is taken where its score is at least this.
 */
export function recallPrecisionAt(
  dataset: Dataset,
  detections: readonly CocoDetection[],
  options: { iou: number; scoreThresholds: readonly number[] },
): RecallPrecision[] {
  const { iou, scoreThresholds } = options;
  if (!(iou > 0 && iou <= 1)) throw new Error(`iou is ${iou}; it must be above 0 and at most 1.`);
  const truth = groupGroundTruth(dataset);
  const found = groupDetections(dataset, detections);
  const everything = [[-Infinity, Infinity]] as const;
  const right = new Int32Array(scoreThresholds.length);
  const taken = new Int32Array(scoreThresholds.length);
  let objects = 0;
  for (let k = 0; k < dataset.categories.length; k++) {
    // Greedy matching goes by falling score, so what a detection matches does not depend on those below it: one pass serves all thresholds.
    const match = matchCategory(truth, found, k, [iou], everything, Infinity);
    objects += match.objects[0] as number;
    for (let d = 0; d < match.state.length; d++) {
      if (match.state[d] === IGNORED) continue;
      for (let s = 0; s < scoreThresholds.length; s++) {
        if ((match.score[d] as number) < (scoreThresholds[s] as number)) continue;
        taken[s]!++;
        if (match.state[d] === TRUE_POSITIVE) right[s]!++;
      }
    }
  }
  return scoreThresholds.map((threshold, s) => {
    const [truePositives, predictions] = [right[s] as number, taken[s] as number];
    return {
      threshold,
      precision: predictions === 0 ? -1 : truePositives / predictions,
      recall: objects === 0 ? -1 : truePositives / objects,
      truePositives,
      predictions,
      objects,
    };
  });
}
