/** A convolution layer that all levels of a pyramid share. */
import { levelsConvolution, type ConvolutionActivation, type PackedLevels } from '@sed/tensor-ops';
import type { Parameters } from '../types.ts';
import { kernelOf, vectorOf } from './lookup.ts';

/** Convolution with bias, of stride 1 and with padding that keeps each level's size: `<name>.weight`, `<name>.bias`. */
export function convolveLevels(
  parameters: Parameters,
  name: string,
  x: PackedLevels,
  activation: ConvolutionActivation = 'none',
): PackedLevels {
  return levelsConvolution(x, kernelOf(parameters, `${name}.weight`), {
    bias: vectorOf(parameters, `${name}.bias`),
    activation,
  });
}
