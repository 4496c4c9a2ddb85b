import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import * as names from '@sed/tensor-ops';
import { convolution, convolutionFilterGradient, convolutionInputGradient } from './convolution.ts';
import { depthwiseConvolution, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise.ts';
import { TensorFlowOps } from './ops.ts';

type Kernel = (ops: TensorFlowOps, inputs: never, attributes: never) => Tensor;

const kernels: Record<string, Kernel> = {
  [names.SED_CONVOLUTION]: convolution,
  [names.SED_CONVOLUTION_INPUT_GRADIENT]: convolutionInputGradient,
  [names.SED_CONVOLUTION_FILTER_GRADIENT]: convolutionFilterGradient,
  [names.SED_DEPTHWISE_CONVOLUTION]: depthwiseConvolution,
  [names.SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT]: depthwiseInputGradient,
  [names.SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT]: depthwiseFilterGradient,
  [names.SED_ACTIVATION_GRADIENT]: (
    ops: TensorFlowOps,
    { dy, y }: names.ActivationGradientInputs,
    { activation }: names.ActivationGradientAttributes,
  ) => ops.activationGradient(activation, dy, y),
};

/** Registers TensorFlow's kernels for tensor-ops under `tensorflow`, over the portable ones where those were used already. */
export function registerNativeKernels(): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
      kernel(new TensorFlowOps(backend), inputs as never, attrs as never);
    replaceKernel(kernelName, 'tensorflow', kernelFunc);
  }
}

/** Registers a kernel, in place of one of that name and without tfjs's warning about it. */
export function replaceKernel(kernelName: string, backendName: string, kernelFunc: KernelFunc): void {
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
  registerKernel({ kernelName, backendName, kernelFunc });
}
