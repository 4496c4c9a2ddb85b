export { convolution, depthwiseConvolution } from './convolution/convolution.ts';
export type { ConvolutionOptions } from './convolution/convolution.ts';
export * from './convolution/kernels.ts';
export { samePadding } from './convolution/padding.ts';
