import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { currentBackend, kernelOf, runKernelOr } from '../kernel.ts';
import { portableKernel } from './portable.ts';

/** Runs one of this package's kernels on the current backend. */
export function runKernel(kernelName: string, inputs: object, attributes: object): Tensor {
  return runKernelOr<Tensor>(portableKernel, kernelName, inputs, attributes);
}

/** As `runKernel`, for one with several outputs. */
export function runKernels(kernelName: string, inputs: object, attributes: object): Tensor[] {
  return runKernelOr<Tensor[]>(portableKernel, kernelName, inputs, attributes);
}

/**
 * Runs a kernel under another name, so that it can have another gradient function: tfjs saves for the backward pass the
 * inputs that the gradient of that name lists, and a list cannot have an optional member.
 */
export function runKernelAs(alias: string, kernelName: string, inputs: object, attributes: object): Tensor {
  const backendName = currentBackend();
  if (tf.getKernel(alias, backendName) == null) {
    tf.registerKernel({
      kernelName: alias,
      backendName,
      kernelFunc: (params) => kernelOf(kernelName, backendName, portableKernel).kernelFunc(params),
    });
  }
  return tf.engine().runKernel(alias, inputs as NamedTensorMap, attributes as NamedAttrMap);
}
