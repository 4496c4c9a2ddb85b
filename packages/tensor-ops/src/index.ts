export * from './convolution/kernels.ts';
