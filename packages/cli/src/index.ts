export { UsageError } from './errors.ts';
export { processIo } from './io.ts';
export type { Io } from './io.ts';
export { run } from './run.ts';
export { pretrainedWeights } from './weights/pretrained.ts';
export type { PretrainedName, PretrainedOptions } from './weights/pretrained.ts';
