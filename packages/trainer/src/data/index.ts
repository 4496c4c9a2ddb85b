/** `@sed/trainer/data`: a config's data opened, the views of its steps, its anchors. */
export { anchorGrid, configuredAnchors, testSizeOf, type AnchoredDetector, type AnchorView } from './anchors.ts';
export {
  createLoader,
  viewMakerOf,
  type Loader,
  type LoaderOptions,
  type LoadedViews,
  type StepViews,
} from './loader.ts';
export { LISTED, objectsOf, openData, type GivenClasses, type RunData } from './open.ts';
export { openDataPart, sourcesOfPart, type DataPart } from './sources.ts';
export type { ViewJob, ViewOutcome } from '../pipeline/job.ts';
export type { ViewMaker } from '../pipeline/maker.ts';
export { abandonedThreads } from '../pipeline/pool.ts';
