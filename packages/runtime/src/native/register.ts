import { backend, dispose, getKernel, ones, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import type { KernelFunc, Tensor } from '@tensorflow/tfjs-core';
import * as names from '@sed/tensor-ops';
import { convolution, convolutionFilterGradient, convolutionInputGradient } from './convolution.ts';
import { depthwiseConvolution, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise.ts';
import { gpuKernels } from './gpu-convolution.ts';
import type { TensorFlowBackend } from './load.ts';
import { TensorFlowOps, type Kernel } from './ops.ts';
import { ownKernels } from './own-convolution.ts';
import { roiAlignKernels } from './roi-align.ts';
import { updateKernels, UPDATES } from './update.ts';

const stockKernels: Record<string, Kernel> = {
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

/** What of the faster ops can be used here. */
export interface NativeKernels {
  /** TensorFlow's ops that fuse bias and activation. */
  readonly fused: boolean;
  /** oneDNN's own kernels. */
  readonly own: boolean;
}

/**
 * Registers TensorFlow's kernels for tensor-ops under `tensorflow`, over the portable ones where those were used already.
 * @param use false leaves a kind alone also where it works
 */
export function registerNativeKernels(use: { fused?: boolean; own?: boolean } = {}): NativeKernels {
  const gpu = (backend() as unknown as TensorFlowBackend).isUsingGpuDevice;
  const own = !gpu && (use.own ?? true) && works(tryOwn);
  // On a GPU neither: called by name, they would run on the CPU, with copies there and back.
  const fused = !gpu && (use.fused ?? true) && works(tryFused);
  const faster = gpu ? gpuKernels : own ? ownKernels : {};
  for (const [kernelName, kernel] of Object.entries({ ...stockKernels, ...faster })) {
    const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
      kernel(new TensorFlowOps(backend, fused), inputs as never, attrs as never);
    replaceKernel(kernelName, 'tensorflow', kernelFunc);
  }
  // Where there is nothing faster than the portable composition, that is registered at first use.
  const composed = [...Object.keys(ownKernels), ...UPDATES].filter((name) => !(name in stockKernels || name in faster));
  for (const kernelName of composed)
    if (getKernel(kernelName, 'tensorflow')) unregisterKernel(kernelName, 'tensorflow');
  const regions = roiAlignKernels(backend(), { own: !gpu && (use.own ?? true), gpu });
  const updates = own ? updateKernels(backend()) : {};
  for (const [kernelName, kernelFunc] of Object.entries({ ...regions, ...updates }))
    replaceKernel(kernelName, 'tensorflow', kernelFunc);
  return { fused, own };
}

type Trial = (ops: TensorFlowOps, x: Tensor, filter: Tensor, bias: Tensor) => Tensor[];

const geometry = { strides: [1, 1], padding: [0, 0, 0, 0] } as const;

const tryFused: Trial = (ops, x, filter, bias) => [
  ops.fusedConvolution(x, filter, bias, 'relu', geometry),
  ops.fusedDepthwise(x, filter, bias, 'relu6', 1, 'VALID'),
];

const tryOwn: Trial = (ops, x, filter, bias) => [
  ops.ownConvolution(x, filter, bias, bias, { ...geometry, activation: 'relu' }),
  ops.own('SedAddRelu', {}, [x, filter])[0]!,
  ...ops.own('SedDepthwise', { ...geometry, activation: 'relu', sizes: [0, 0, 0, 0] }, [x, filter, bias, bias]),
];

/** Tries a kind of ops once: they are missing without oneDNN, and with an addon that was built elsewhere. */
function works(trial: Trial): boolean {
  const tensorflow: unknown = backend();
  const inputs = [ones([1, 1, 1, 1]), ones([1, 1, 1, 1]), ones([1])] as const;
  const made: Tensor[] = [];
  try {
    made.push(...trial(new TensorFlowOps(tensorflow, true), ...inputs));
    return made.every((y) => y.dataSync()[0] === 2);
  } catch {
    return false;
  } finally {
    dispose([...inputs, ...made]);
  }
}

/** Registers a kernel, in place of one of that name and without tfjs's warning about it. */
export function replaceKernel(kernelName: string, backendName: string, kernelFunc: KernelFunc): void {
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
  registerKernel({ kernelName, backendName, kernelFunc });
}
