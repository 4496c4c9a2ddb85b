export { checkChoice, checkNames, checkNumber, shown } from './options.ts';
export { checkTensor, shapeOf } from './tensors.ts';
