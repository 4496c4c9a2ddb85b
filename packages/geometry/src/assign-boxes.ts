import { centersToCorners, pairwiseGeneralizedIou } from './boxes/boxes.ts';
import { linearAssignment, type Assignment } from './linear-assignment.ts';

/** What a pair of boxes costs: `class cost · classWeight + (1 - GIoU) · iouWeight`. */
export interface AssignmentWeights {
  readonly classWeight: number;
  readonly iouWeight: number;
}

/**
 * The one-to-one pairing of the boxes of two views with the least total cost (Hungarian algorithm), as DETR matches
 * queries.
 *
 * @param classCosts what each pair costs by its classes, `[N, M]` row by row; finite
 * @param a `[N, 4]`, center x, center y, width, height
 * @param b `[M, 4]`, likewise
 * @returns min(N, M) pairs
 * @throws Error where a cost is not finite or there is not one a pair
 */
export function assignBoxes(
  classCosts: Float32Array,
  a: Float32Array,
  b: Float32Array,
  { classWeight, iouWeight }: AssignmentWeights,
): Assignment {
  const [rows, columns] = [a.length / 4, b.length / 4];
  if (classCosts.length !== rows * columns) {
    throw new Error(
      `assignBoxes: ${rows} boxes and ${columns} others need ${rows * columns} class costs, got ${classCosts.length}`,
    );
  }
  const giou = pairwiseGeneralizedIou(centersToCorners(a), centersToCorners(b));
  const cost = Float64Array.from(giou, (g, i) => classCosts[i]! * classWeight + (1 - g) * iouWeight);
  return linearAssignment(cost, rows, columns);
}
