export type {
  ArchitectureFacts,
  AssignOptions,
  Detections,
  DetectOptions,
  Detector,
  ForwardOptions,
  ImageBatch,
  PairFacts,
  PairMatches,
  Parameters,
  ParameterSpec,
  PredictionPair,
  Predictions,
  Target,
} from './types.ts';
export { disposeTensors } from './dispose.ts';
export { supervisedLosses } from './supervised-losses.ts';
export { createRetinaNet, retinaNetFacts, type RetinaNet } from './retinanet/retinanet.ts';
export type { DenseForward, Level } from './dense/levels.ts';
export type { RetinaNetForward } from './retinanet/retinanet.ts';
export {
  lite0RetinaNet,
  mmdetectionRetinaNet,
  torchvisionRetinaNet,
  type RetinaNetSettings,
} from './retinanet/settings.ts';
export {
  createFasterRcnn,
  fasterRcnnFacts,
  type FasterRcnn,
  type FasterRcnnAssigned,
} from './faster-rcnn/faster-rcnn.ts';
export type { AnchorGoals } from './faster-rcnn/rpn-losses.ts';
export type { RegionGoals } from './faster-rcnn/region-losses.ts';
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
export { torchvisionBatch, torchvisionSize, type TorchvisionBatchOptions } from './images/torchvision-batch.ts';
export { anchorsPerCell, baseAnchors, gridAnchors, type AnchorSettings, type Grid } from './dense/anchors.ts';
export { BACKGROUND, IGNORED, matchAnchors, type MatchingSettings } from './dense/matcher.ts';
export { assignTargets, type AnchorTargets } from './dense/targets.ts';
export { focalLoss, type FocalOptions } from './dense/focal-loss.ts';
export { boxRegressionLoss } from './dense/box-loss.ts';
export { mapDenseRows, movingMaps, type DenseLevel, type DenseMapping } from './dense/map-dense-rows.ts';
export { mapDeltas, type DeltaMap } from './dense/map-deltas.ts';
export { mapRegionDeltas } from './faster-rcnn/map-region-deltas.ts';
export { takeRows } from './layers/take-rows.ts';
export { withFoldedNorms } from './layers/norm.ts';
export { loadBackbone } from './backbones/load.ts';
export * from './weights/index.ts';
