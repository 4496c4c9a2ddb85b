export { describeReport, loadAllWeights, replaceWeights, toTfjs } from './load.ts';
export type { LoadedWeights, LoadReport, ShapeMismatch } from './load.ts';
export { fromTfjs, tensorFromTorch, tensorToTorch, torchShape } from './layout.ts';
export { namesInFiles } from './names.ts';
export { readSafetensors, writeSafetensors } from './safetensors.ts';
export type { Metadata, Safetensors } from './safetensors.ts';
export type { StateData, StateDict, StateTensor } from './stateDict.ts';
export { readTorch } from './torch.ts';
export { readWeights } from './read.ts';
