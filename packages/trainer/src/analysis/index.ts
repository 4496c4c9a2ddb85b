/** `@sed/trainer/analysis`: the numbers of the paper's figures, of a run's checkpoints. */
export { chooseImages } from './choose-images.ts';
export type { DistanceGroup, DistanceGroups } from './distances.ts';
export { analyzeGradients, type GradientAnalysis, type GradientOptions, type GradientTerm } from './gradients.ts';
export { openRunPart, type AnalysisData } from './open-part.ts';
export { pseudoLabelCurves, type PseudoLabelCurves, type QualityCurve, type QualityCurves } from './pseudo-labels.ts';
export {
  scoreDistances,
  type PairDistances,
  type ScoreDistanceOptions,
  type ScoreDistances,
} from './score-distance.ts';
