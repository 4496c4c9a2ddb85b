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
export type { RetinaNetForward } from './retinanet/retinanet.ts';
export {
  lite0RetinaNet,
  mmdetectionRetinaNet,
  torchvisionRetinaNet,
  type RetinaNetSettings,
} from './retinanet/settings.ts';
export { createFasterRcnn, fasterRcnnFacts, type FasterRcnn } from './faster-rcnn/faster-rcnn.ts';
export type { FasterRcnnForward } from './faster-rcnn/forward.ts';
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
export {
  IMAGENET_DEVIATION,
  IMAGENET_MEAN,
  imageBatch,
  reduceBatch,
  type ImageBatchOptions,
  type RgbImage,
} from './images/batch.ts';
export { torchvisionBatch, torchvisionSize, type TorchvisionBatchOptions } from './images/torchvision-batch.ts';
export { baseAnchors, gridAnchors, type AnchorSettings, type Grid } from './dense/anchors.ts';
export { BACKGROUND, IGNORED } from './dense/matcher.ts';
export { withFoldedNorms } from './layers/norm.ts';
