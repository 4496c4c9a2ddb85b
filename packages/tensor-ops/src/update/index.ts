/** `@sed/tensor-ops/update`: updates of weights, whose lists of tensors stand for one long vector. */
export { momentumStep, movingAverage, squaredNorm, updatesLists } from './update.ts';
export type { MomentumStepOptions } from './update.ts';
export { bucketsOf, cutVector, joinList } from './vectors.ts';
export type { Bucket } from './vectors.ts';
