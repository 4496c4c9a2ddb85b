import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { portableKernel } from './portable.ts';

/** The name of the current backend, which the engine picks at first use. */
function currentBackend(): string {
  const engine = tf.engine();
  if (engine.backendName == null) void engine.backend;
  return engine.backendName;
}

/**
 * One of this package's kernels on a backend. Where the backend has none of that name, the portable composition is
 * registered; so a faster one must be registered before the first call.
 */
export function kernelOf(kernelName: string, backendName: string): KernelConfig {
  const registered = tf.getKernel(kernelName, backendName);
  if (registered != null) return registered;
  const portable = portableKernel(kernelName, backendName);
  tf.registerKernel(portable);
  return portable;
}

/** Runs one of this package's kernels on the current backend. */
export function runKernel(kernelName: string, inputs: object, attributes: object): Tensor {
  kernelOf(kernelName, currentBackend());
  return tf.engine().runKernel(kernelName, inputs as NamedTensorMap, attributes as NamedAttrMap);
}

/** As `runKernel`, for one with several outputs. */
export function runKernels(kernelName: string, inputs: object, attributes: object): Tensor[] {
  kernelOf(kernelName, currentBackend());
  return tf.engine().runKernel(kernelName, inputs as NamedTensorMap, attributes as NamedAttrMap);
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
      kernelFunc: (params) => kernelOf(kernelName, backendName).kernelFunc(params),
    });
  }
  return tf.engine().runKernel(alias, inputs as NamedTensorMap, attributes as NamedAttrMap);
}
