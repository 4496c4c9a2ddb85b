export { assignBoxes, type AssignmentWeights } from './assign-boxes.ts';
export { joinBoxes, pickBoxes } from './boxes/box-lists.ts';
export {
  boxAreas,
  centersToCorners,
  clipBoxes,
  cornersToCenters,
  keepLargeBoxes,
  pairwiseGeneralizedIou,
  pairwiseIou,
  scaleBoxes,
} from './boxes/boxes.ts';
export { cocoIou } from './boxes/coco-iou.ts';
export {
  DEFAULT_DELTA_CLAMP,
  decodeDeltas,
  encodeDeltas,
  type DecodeOptions,
  type DeltaWeights,
} from './boxes/deltas.ts';
export { batchedNonMaxSuppression } from './boxes/nms.ts';
export { assignRoiLevels, type RoiLevelOptions } from './boxes/roi-levels.ts';
export { topK } from './boxes/top-k.ts';
export { linearAssignment, type Assignment } from './linear-assignment.ts';
export {
  composeMaps,
  IDENTITY,
  invertMap,
  isIdentity,
  mapBetween,
  mapBoxes,
  resizeMap,
  type AffineMap,
} from './maps/affine-map.ts';
export { mapProposals } from './maps/map-proposals.ts';
export { pairCells, type CellGrid, type CellPairs } from './maps/pair-cells.ts';
export { randomStream, type RandomStream } from './random-stream.ts';
export type { ImageSize } from './types.ts';
