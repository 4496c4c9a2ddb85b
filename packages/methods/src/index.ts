/**
 * What a method is, the standard ones, and their steps. Pieces of the standard methods for ones of your own are behind
 * `/pieces`, those of schemas behind `/schema`.
 */
export type {
  AnyMethod,
  DetectorFacts,
  Measure,
  Method,
  MethodSettings,
  NetworkPlan,
  NetworkRole,
  Objective,
  Part,
  RunFacts,
  SourceViews,
  StepContext,
  StepReport,
  Transform,
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
export { scoped } from './scoped.ts';
export type { Gradients, Optimizer } from './optimizers/optimizer.ts';
export { createSgd, type SgdSettings } from './optimizers/sgd.ts';
export { learningRate, type RateSchedule, type RateSettings } from './schedules/learning-rate.ts';
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
export { supervised, type SupervisedConfig } from './supervised/method.ts';
export type { SedConfig, WeightingConfig } from './sed/schema.ts';
export { sed } from './sed/method.ts';
export { standardMethods } from './standard.ts';
