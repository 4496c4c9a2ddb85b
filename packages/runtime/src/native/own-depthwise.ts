/** Depthwise convolutions by our own kernels (`native/kernels/depthwise.cc`). */
import {
  depthwiseConvolutionFilterGradientKernel,
  depthwiseConvolutionInputGradientKernel,
  depthwiseConvolutionKernel,
} from '@sed/tensor-ops/kernels';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';

export const ownDepthwise: readonly NativeKernel[] = [
  nativeKernel(depthwiseConvolutionKernel, (ops, { x, filter, scale, bias }, { strides, padding, activation }) => {
    const attributes = { strides, padding, activation, sizes: [0, 0, 0, 0] };
    return ops.own(depthwiseConvolutionKernel, attributes, [x, filter, scale, bias]);
  }),
  nativeKernel(
    depthwiseConvolutionInputGradientKernel,
    (ops, { dy, filter, scale }, { strides, padding, inputShape }) => {
      const attributes = { strides, padding, activation: 'none', sizes: inputShape };
      return ops.own(depthwiseConvolutionInputGradientKernel, attributes, [dy, filter, scale]);
    },
  ),
  nativeKernel(depthwiseConvolutionFilterGradientKernel, (ops, { x, dy, scale }, { strides, padding, filterShape }) => {
    const attributes = { strides, padding, activation: 'none', sizes: filterShape };
    return ops.own(depthwiseConvolutionFilterGradientKernel, attributes, [x, dy, scale]);
  }),
];
