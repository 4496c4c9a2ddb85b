export type {
  AffineMap,
  Detections,
  DetectOptions,
  Detector,
  ImageBatch,
  LossOptions,
  PairFacts,
  PairMatches,
  Parameters,
  ParameterSpec,
  PredictionPair,
  Predictions,
  Target,
} from './types.ts';
export { disposeTensors } from './dispose.ts';
export { createRetinaNet, retinaNetFacts, type RetinaNet } from './retinanet/retinanet.ts';
export type { Level, RetinaNetForward } from './retinanet/forward.ts';
export {
  lite0RetinaNet,
  mmdetectionRetinaNet,
  torchvisionRetinaNet,
  type RetinaNetSettings,
} from './retinanet/settings.ts';
export { createFasterRcnn, fasterRcnnFacts, type FasterRcnn } from './faster-rcnn/fasterRcnn.ts';
export type { FasterRcnnForward, RegionPredictions } from './faster-rcnn/forward.ts';
export {
  lite0FasterRcnn,
  mmdetectionFasterRcnn,
  torchvisionFasterRcnn,
  type FasterRcnnSettings,
  type ProposalCounts,
  type SamplingSettings,
  type TorchvisionFasterRcnnOptions,
} from './faster-rcnn/settings.ts';
export type { BackboneName } from './backbones/create.ts';
export type { ResNetName } from './backbones/resnet.ts';
export {
  IMAGENET_DEVIATION,
  IMAGENET_MEAN,
  imageBatch,
  reduceBatch,
  type ImageBatchOptions,
  type RgbImage,
} from './images/batch.ts';
export { torchvisionBatch, torchvisionSize, type TorchvisionBatchOptions } from './images/torchvisionBatch.ts';
export { anchorsPerCell, baseAnchors, gridAnchors, type AnchorSettings, type Grid } from './retinanet/anchors.ts';
export { BACKGROUND, IGNORED, matchAnchors, type MatchingSettings } from './retinanet/matcher.ts';
export { assignTargets, type AnchorTargets } from './retinanet/targets.ts';
export { focalLoss, type FocalOptions } from './retinanet/focalLoss.ts';
export { boxRegressionLoss } from './retinanet/boxLoss.ts';
export { mapDenseRows, movingMaps, type DenseLevel, type DenseMapping } from './geometry/map-dense-rows.ts';
export { mapDeltas, mapRegionDeltas, type DeltaMap } from './geometry/map-deltas.ts';
export { invertMap, isIdentity, mapBoxes, mapProposals } from './geometry/maps.ts';
export { pairCells, type CellGrid, type CellPairs } from './geometry/pair-cells.ts';
export { takeRows } from './geometry/take-rows.ts';
export { withFoldedNorms } from './layers/norm.ts';
export { loadBackbone } from './backbones/load.ts';
export * from './weights/index.ts';
