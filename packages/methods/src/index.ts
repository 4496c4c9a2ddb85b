export type {
  AnyMethod,
  Compute,
  DetectorFacts,
  IterationSetting,
  Measure,
  MeasuredValue,
  MemoryPlan,
  Method,
  MethodSettings,
  NetworkPlan,
  NetworkRole,
  Objective,
  Part,
  RunFacts,
  ScheduleProblems,
  SourceViews,
  StepContext,
  StepReport,
  Term,
  Timing,
  Transform,
  UnlabeledCost,
  ViewPlan,
  Warning,
} from './method.ts';
export { byPreference, planOf, settledFrom, startOf, usesUnlabeled, type MethodPlan } from './plan.ts';
export {
  derivedNetwork,
  disposeNetworks,
  startNetworks,
  trainedNetwork,
  type DerivedNetwork,
  type Networks,
  type TrainedNetwork,
} from './networks.ts';
export { differentiate, type Differentiated } from './differentiate.ts';
export { scoped } from './scoped.ts';
export type { Gradients, Optimizer } from './optimizers/optimizer.ts';
export { clipFactor } from './optimizers/clip.ts';
export { createSgd, type SgdSettings } from './optimizers/sgd.ts';
export { learningRate, type RateSchedule, type RateSettings } from './schedules/learning-rate.ts';
export {
  ALPHA_STEP,
  alphaOf,
  alphaSchema,
  averagingTiming,
  BURN_IN,
  burnInSchema,
  checkAveraging,
  rescaleAveraging,
  type AlphaConfig,
  type AveragingSettings,
} from './schedules/alpha.ts';
export {
  computeStep,
  disposeStep,
  type ComputedStep,
  type StepInputs,
  type StepSetup,
  type StepState,
} from './step/compute.ts';
export { applyStep, followNetworks, updateNetworks, type UpdateSettings } from './step/apply.ts';
export { PAPER } from './paper.ts';
export { initialWatch, lossWatch, watch, watchLosses, type LossWatch, type Observation } from './watch/watch.ts';
export { labeledViews, supervisedPart } from './supervised/part.ts';
export { supervised, type SupervisedConfig } from './supervised/method.ts';
export { sedPart, type SedPartOptions, type SedViews } from './sed/part.ts';
export type { SedConfig, WeightingConfig } from './sed/schema.ts';
export { sed } from './sed/method.ts';
export { standardMethods } from './standard.ts';
