/** `@sed/methods/pieces`: what the standard methods are made of, for methods of your own. */
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
export { sedPart, type SedPartOptions, type SedViews } from './sed/part.ts';
export { labeledViews, supervisedPart } from './supervised/part.ts';
export { initialWatch, lossWatch, watch, watchLosses, type LossWatch, type Observation } from './watch/watch.ts';
