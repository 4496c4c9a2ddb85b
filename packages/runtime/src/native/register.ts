import { backend, dispose, getKernel, ones, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import * as names from '@sed/tensor-ops';
import { convolution, convolutionFilterGradient, convolutionInputGradient } from './convolution.ts';
import { depthwiseConvolution, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise.ts';
import type { TensorFlowBackend } from './load.ts';
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

/**
 * Registers TensorFlow's kernels for tensor-ops under `tensorflow`, over the portable ones where those were used already.
 * @param fuse false leaves the fused ops alone also where they work
 */
export function registerNativeKernels(fuse = true): { fused: boolean } {
  const fused = fuse && canFuse(backend());
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
      kernel(new TensorFlowOps(backend, fused), inputs as never, attrs as never);
    replaceKernel(kernelName, 'tensorflow', kernelFunc);
  }
  return { fused };
}

/** Tries the fused ops once: they are missing on a GPU, without oneDNN, and with an addon that was built elsewhere. */
function canFuse(tensorflow: unknown): boolean {
  if ((tensorflow as TensorFlowBackend).isUsingGpuDevice) return false;
  const ops = new TensorFlowOps(tensorflow, true);
  const [x, filter, bias] = [ones([1, 1, 1, 1]), ones([1, 1, 1, 1]), ones([1])];
  const made: Tensor[] = [];
  try {
    made.push(ops.fusedConvolution(x, filter, bias, 'relu', { strides: [1, 1], padding: [0, 0, 0, 0] }));
    made.push(ops.fusedDepthwise(x, filter, bias, 'relu6', 1, 'VALID'));
    return made.every((y) => y.dataSync()[0] === 2);
  } catch {
    return false;
  } finally {
    dispose([x, filter, bias, ...made]);
  }
}

/** Registers a kernel, in place of one of that name and without tfjs's warning about it. */
export function replaceKernel(kernelName: string, backendName: string, kernelFunc: KernelFunc): void {
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
  registerKernel({ kernelName, backendName, kernelFunc });
}
