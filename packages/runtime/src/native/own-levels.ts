/** Convolutions of all levels of a pyramid at once (`native/kernels/convolution.cc`). */
import {
  levelsConvolutionKernel,
  levelsFilterGradientKernel,
  levelsInputGradientKernel,
} from '@sed/tensor-ops/kernels';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';

const NO_FILTER = [0, 0, 0, 0];

export const ownLevels: readonly NativeKernel[] = [
  nativeKernel(levelsConvolutionKernel, (ops, { x, filter, bias }, { levels, activation }) =>
    ops.own(levelsConvolutionKernel, { levels: levels.flat(), filter: NO_FILTER, activation }, [x, filter, bias]),
  ),
  nativeKernel(levelsInputGradientKernel, (ops, { dy, filter }, { levels }) => {
    const attributes = { levels: levels.flat(), filter: NO_FILTER, activation: 'none' };
    return ops.own(levelsInputGradientKernel, attributes, [dy, filter]);
  }),
  nativeKernel(levelsFilterGradientKernel, (ops, { x, dy }, { levels, filterShape }) => {
    const attributes = { levels: levels.flat(), filter: filterShape, activation: 'none' };
    return ops.own(levelsFilterGradientKernel, attributes, [x, dy]);
  }),
];
