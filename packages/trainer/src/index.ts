export { chooseImages } from './analysis/choose-images.ts';
export type { DistanceGroup, DistanceGroups } from './analysis/distances.ts';
export {
  analyzeGradients,
  type GradientAnalysis,
  type GradientOptions,
  type GradientTerm,
} from './analysis/gradients.ts';
export { openRunPart, type AnalysisData } from './analysis/open-part.ts';
export {
  CURVE_IOUS,
  CURVE_THRESHOLDS,
  pseudoLabelCurves,
  type PseudoLabelCurves,
  type QualityCurve,
  type QualityCurves,
} from './analysis/pseudo-labels.ts';
export {
  scoreDistances,
  type PairDistances,
  type ScoreDistanceOptions,
  type ScoreDistances,
} from './analysis/score-distance.ts';
export { checkpointSteps, newestCheckpoint, readCheckpoint, type StoredCheckpoint } from './checkpoint/files.ts';
export { OVERRIDES } from './config/overrides.ts';
export { applyOverrides, loadConfig, parseConfig, type ParseOptions } from './config/parse.ts';
export { ConfigError } from './config/problems.ts';
export { isWeightsName, MissingWeightsError, namedWeights, type WeightsName } from './config/named-weights.ts';
export { readRecipe, type RecipeName } from './config/read-recipe.ts';
export { rescale, type Rescaled } from './config/rescale.ts';
export { methodPlan, type Methods } from './config/method-plan.ts';
export { runConfigSchemaOf, type EarlyStoppingConfig, type RunConfig, type ScheduleConfig } from './config/schema.ts';
export { anchorGrid, configuredAnchors, testSizeOf, type AnchoredDetector, type AnchorView } from './data/anchors.ts';
export {
  createLoader,
  viewMakerOf,
  type Loader,
  type LoaderOptions,
  type LoadedViews,
  type StepViews,
} from './data/loader.ts';
export type { ViewJob, ViewOutcome } from './pipeline/job.ts';
export type { ViewMaker } from './pipeline/maker.ts';
export { abandonedThreads } from './pipeline/pool.ts';
export { LISTED, objectsOf, openData, type GivenClasses, type RunData } from './data/open.ts';
export { openDataPart, sourcesOfPart, type DataPart } from './data/sources.ts';
export type { DoneRow, EvalRow, MetricsRow, PseudoRow, StartRow, TrainRow, WarningRow } from './metrics/rows.ts';
export { readMetrics } from './metrics/writer.ts';
export type { BestStep } from './run/best.ts';
export { checkRun, type CheckedRun, type CheckRunOptions } from './run/check-run.ts';
export { isCheckpoint, type CheckpointChoice } from './run/choose-checkpoint.ts';
export { ChangedDataError } from './run/data-record.ts';
export { createDetector } from './run/detector.ts';
export { evaluateModel, pseudoLabelQuality, PSEUDO_THRESHOLDS } from './run/evaluate.ts';
export { StoppedError } from './run/failure.ts';
export { OldRunError } from './run/old-run-error.ts';
export { isLockFile } from './run/folder.ts';
export { refuseRunning } from './run/folder-lock.ts';
export { loadRun, MissingNetworkError, type LoadedRun, type LoadRunOptions } from './run/load-run.ts';
export {
  inputAt,
  mergeDetections,
  MERGE_NMS_IOU,
  PAPER_SCALES,
  predictScales,
  type ScaleDetections,
} from './run/multi-scale.ts';
export { batchingOf, predictImages, type PredictOptions } from './run/predict.ts';
export { predictFiles, type FoundInFile, type FoundObject } from './run/predict-files.ts';
export { train } from './run/train.ts';
export type { EvaluationProgressEvent, ProgressEvent, TrainEvent, TrainOptions, TrainResult } from './run/types.ts';
export { withIterations } from './config/with-iterations.ts';
