export { joinLevels } from '@sed/tensor-ops';
export type { JoinLevelsOptions } from '@sed/tensor-ops';
export { highestClassProbability } from './class-probabilities.ts';
export { gradientContributions } from './gradient-contributions.ts';
export type { ContributionOptions } from './gradient-contributions.ts';
export { gradientHistogram } from './gradient-histogram.ts';
export type { HistogramOptions } from './gradient-histogram.ts';
export { pairPyramids } from './pair-pyramids.ts';
export { scaleConsistencyLoss } from './scale-consistency.ts';
export { selfDistillationLoss } from './self-distillation.ts';
export { weightedDivergence } from './weighted-divergence.ts';
export type {
  Activation,
  ConsistencyLoss,
  ConsistencyOptions,
  DivergenceOptions,
  Predictions,
  RegressionWeighting,
  Weighting,
} from './types.ts';
export { matchQueries, pairQueries } from './match-queries.ts';
export type { MatchOptions, QueryMatch, QueryPredictions } from './match-queries.ts';
