export { ConfigError } from './config/problems.ts';
export { applyOverrides, loadConfig, parseConfig, type ParseOptions } from './config/parse.ts';
export { rescale, type Rescaled } from './config/rescale.ts';
export { runConfigSchema, type RunConfig } from './config/schema.ts';
export type { DoneRow, EvalRow, MetricsRow, ModelName, PseudoRow, StartRow, TrainRow, WarningRow } from './metrics/rows.ts';
export { train } from './run/train.ts';
export type { EvaluationProgressEvent, ProgressEvent, TrainEvent, TrainOptions, TrainResult } from './run/types.ts';
