/**
 * Configs, runs and what is made of them. What else the rooms of this package have is behind `/analysis`, `/data`,
 * `/named-weights` and `/run-folder`.
 */
export { OVERRIDES } from './config/overrides.ts';
export { loadConfig, parseConfig, type ParseOptions } from './config/parse.ts';
export { ConfigError } from './config/problems.ts';
export { readRecipe, type RecipeName } from './config/read-recipe.ts';
export { rescale, type Rescaled } from './config/rescale.ts';
export { withIterations } from './config/with-iterations.ts';
export { methodPlan, type Methods } from './config/method-plan.ts';
export type { RunConfig } from './config/schema.ts';

export { checkRun, type CheckedRun, type CheckRunOptions } from './run/check-run.ts';
export { train } from './run/train.ts';
export type { EvaluationProgressEvent, ProgressEvent, TrainEvent, TrainOptions, TrainResult } from './run/types.ts';
export { ChangedDataError } from './run/data-record.ts';
export { StoppedError } from './run/failure.ts';
export { OldRunError } from './run/old-run-error.ts';
export type { DoneRow, EvalRow, MetricsRow, PseudoRow, StartRow, TrainRow, WarningRow } from './metrics/rows.ts';
export { readMetrics } from './metrics/writer.ts';

export type { CheckpointChoice } from './run/choose-checkpoint.ts';
export { createDetector } from './run/detector.ts';
export { loadRun, MissingNetworkError, type LoadedRun, type LoadRunOptions } from './run/load-run.ts';
export { predictFiles, type FoundInFile, type FoundObject } from './run/predict-files.ts';
export { predictImages, type PredictOptions } from './run/predict.ts';
export { inputAt, mergeDetections, predictScales, type ScaleDetections } from './run/multi-scale.ts';
