import { dispose, ones } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  activationGradientKernel,
  addReluKernel,
  convolutionFilterGradientKernel,
  convolutionInputGradientKernel,
  convolutionKernel,
  depthwiseConvolutionFilterGradientKernel,
  depthwiseConvolutionInputGradientKernel,
  depthwiseConvolutionKernel,
  unregister,
} from '@sed/tensor-ops/kernels';
import { tensorFlow } from './backend.ts';
import { convolution, convolutionFilterGradient, convolutionInputGradient } from './convolution.ts';
import { depthwiseConvolution, depthwiseFilterGradient, depthwiseInputGradient } from './depthwise.ts';
import { gpuKernels } from './gpu-convolution.ts';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';
import { TensorFlowOps } from './ops.ts';
import { ownConvolutions } from './own-convolution.ts';
import { ownDepthwise } from './own-depthwise.ts';
import { ownLevels } from './own-levels.ts';
import { ownSmall } from './own-small.ts';
import { ownRegions, roiAlignKernels } from './roi-align.ts';
import { ownUpdates, updatesWork } from './update.ts';

/** By TensorFlow's own ops. */
const stockKernels: readonly NativeKernel[] = [
  nativeKernel(convolutionKernel, convolution),
  nativeKernel(convolutionInputGradientKernel, convolutionInputGradient),
  nativeKernel(convolutionFilterGradientKernel, convolutionFilterGradient),
  nativeKernel(depthwiseConvolutionKernel, depthwiseConvolution),
  nativeKernel(depthwiseConvolutionInputGradientKernel, depthwiseInputGradient),
  nativeKernel(depthwiseConvolutionFilterGradientKernel, depthwiseFilterGradient),
  nativeKernel(activationGradientKernel, (ops, { dy, y }, { activation }) => ops.activationGradient(activation, dy, y)),
];

/** By the ops of `native/kernels` that run where oneDNN's do. */
const ownKernels: readonly NativeKernel[] = [...ownConvolutions, ...ownDepthwise, ...ownLevels, ...ownSmall];

/** All kernels that have an op of their name in `native/kernels`. */
export const OWN_KERNELS: readonly NativeKernel[] = [...ownKernels, ...ownRegions, ...ownUpdates];

/** What of the faster ops can be used here. */
export interface NativeKernels {
  /** TensorFlow's ops that fuse bias and activation. */
  readonly fused: boolean;
  /** oneDNN's own kernels. */
  readonly own: boolean;
}

/**
 * Registers TensorFlow's kernels for tensor-ops under `tensorflow`, over the portable ones where those were used
 * already.
 * @param use false leaves a kind alone also where it works
 */
export function registerNativeKernels(use: { fused?: boolean; own?: boolean } = {}): NativeKernels {
  const backend = tensorFlow();
  const gpu = backend.isUsingGpuDevice;
  const own = !gpu && (use.own ?? true) && works(tryOwn);
  // On a GPU neither: called by name, they would run on the CPU, with copies there and back.
  const fused = !gpu && (use.fused ?? true) && works(tryFused);
  const chosen = [
    ...stockKernels,
    ...(gpu ? gpuKernels : own ? ownKernels : []),
    ...roiAlignKernels(backend, { own: !gpu && (use.own ?? true), gpu }),
    ...(own && updatesWork(backend) ? ownUpdates : []),
  ];
  // Where there is nothing faster than the portable composition, that is registered at first use.
  for (const { kernel } of OWN_KERNELS) unregister(kernel, 'tensorflow');
  for (const { register } of chosen) register(fused); // a later one over an earlier one
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
  ops.own(addReluKernel, {}, [x, filter]),
  ops.own(depthwiseConvolutionKernel, { ...geometry, activation: 'relu', sizes: [0, 0, 0, 0] }, [
    x,
    filter,
    bias,
    bias,
  ]),
];

/** Tries a kind of ops once: they are missing without oneDNN, and with an addon that was built elsewhere. */
function works(trial: Trial): boolean {
  const inputs = [ones([1, 1, 1, 1]), ones([1, 1, 1, 1]), ones([1])] as const;
  const made: Tensor[] = [];
  try {
    made.push(...trial(new TensorFlowOps(tensorFlow(), true), ...inputs));
    return made.every((y) => y.dataSync()[0] === 2);
  } catch {
    return false;
  } finally {
    dispose([...inputs, ...made]);
  }
}
