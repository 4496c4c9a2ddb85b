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
export { DEFAULT_DELTA_CLAMP, decodeDeltas, encodeDeltas } from './boxes/deltas.ts';
export type { DecodeOptions, DeltaWeights } from './boxes/deltas.ts';
export { generalizedIou } from './boxes/generalized-iou.ts';
export { batchedNonMaxSuppression } from './boxes/nms.ts';
export { topK } from './boxes/top-k.ts';
export { addRelu, relu } from './convolution/add-relu.ts';
export { convolution, depthwiseConvolution } from './convolution/convolution.ts';
export type { ConvolutionOptions } from './convolution/convolution.ts';
export { convolutionFlops, outputGrid, outputSize } from './convolution/geometry.ts';
export type { ConvolutionActivation, Padding, Shape4D, Strides } from './convolution/geometry.ts';
export type { LevelShape } from './convolution/levels/levels-kernels.ts';
export { levelsConvolution, packLevels } from './convolution/levels/levels-convolution.ts';
export type { LevelsConvolutionOptions, PackedLevels } from './convolution/levels/levels-convolution.ts';
export { samePadding } from './convolution/padding.ts';
export { l1, smoothL1 } from './divergence/distances.ts';
export { compareBernoulli } from './divergence/compare-bernoulli.ts';
export type { BernoulliComparison } from './divergence/compare-bernoulli.ts';
export { focalLossOfRows } from './divergence/focal-loss.ts';
export type { FocalLossAttributes } from './divergence/focal-loss.ts';
export { sigmoidFocalLoss } from './divergence/focal.ts';
export { jensenShannon } from './divergence/jensen-shannon.ts';
export { bernoulliKl, categoricalKl } from './divergence/kl.ts';
export { logSigmoid } from './divergence/log-sigmoid.ts';
export { stopGradient } from './divergence/stop-gradient.ts';
export { variableGradients } from './gradients/variable-gradients.ts';
export { linearAssignment } from './linear-assignment.ts';
export type { Assignment } from './linear-assignment.ts';
export { foldNorm, normAffine } from './norm/fold-norm.ts';
export type { Norm } from './norm/fold-norm.ts';
export { phase, watchPhases } from './phase.ts';
export type { PhaseWatcher } from './phase.ts';
export { assignRoiLevels } from './roi-align/levels.ts';
export type { RoiLevelOptions } from './roi-align/levels.ts';
export { readNow } from './read-now.ts';
export { roiAlign } from './roi-align/roi-align.ts';
export { roiAlignLinear } from './roi-align/roi-align-linear.ts';
export type { Regions, RoiAlignOptions } from './roi-align/run.ts';
export { randomStream } from './random-stream.ts';
export type { RandomStream } from './random-stream.ts';
export { momentumStep, movingAverage, squaredNorm, updatesLists } from './update/update.ts';
export type { MomentumStepOptions } from './update/update.ts';
export { bucketsOf, cutVector, joinList } from './update/vectors.ts';
export type { Bucket } from './update/vectors.ts';
