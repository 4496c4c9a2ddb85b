/** Made-up scenes with boxes. */
export { SYNTH_CLASSES } from './catalog.ts';
export { synthesize, createScenes, type SynthProgress, type SynthRequest, type SynthResult } from './synthesize.ts';
export { DIFFICULTIES, type Difficulty, type SceneRecipe, type SynthOptions, type SynthSplit } from './settings.ts';
export type { Scene, SceneObject, SceneSettings } from './scene.ts';
