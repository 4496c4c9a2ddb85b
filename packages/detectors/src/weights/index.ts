/** `@sed/detectors/weights`: weights of files into a detector and out of it, in torch's names and layouts. */
export { describeReport, loadAllWeights, replaceWeights } from './load.ts';
export type { LoadReport, ShapeMismatch } from './load.ts';
export { fromTfjs, torchShape } from './layout.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export type { Metadata, Safetensors } from './safetensors.ts';
export type { StateData, StateDict, StateTensor } from './state-dict.ts';
export { openWeights, readWeights } from './read.ts';
export type { OpenedWeights, OpenWeightsOptions } from './read.ts';
export type { ModelRole } from './models.ts';
export type { ImageStyle, NamedWeights } from './torchvision-names.ts';
