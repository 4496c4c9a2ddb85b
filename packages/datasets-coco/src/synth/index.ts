export { SYNTH_CLASSES, DEFAULT_CLASSES } from './catalog.ts';
export { synthesize, createScenes, type SynthProgress, type SynthRequest, type SynthResult } from './synthesize.ts';
export type { SceneRecipe, SynthOptions, SynthSplit } from './settings.ts';
export type { Scene, SceneObject, SceneSettings } from './scene.ts';
export { randomStream, type Random } from './random.ts';
