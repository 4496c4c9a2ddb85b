/** Running this package's kernels: one that was registered for the backend, or else the portable composition. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';

/** Gives the composition of a kernel for a backend. */
export type Portable = (kernelName: string, backendName: string) => KernelConfig;

/** The name of the current backend, which the engine picks at first use. */
export function currentBackend(): string {
  const engine = tf.engine();
  if (engine.backendName == null) void engine.backend;
  return engine.backendName;
}

/**
 * One of this package's kernels on a backend. Where the backend has none of that name, the portable composition is
 * registered; so a faster one must be registered before the first call.
 */
export function kernelOf(kernelName: string, backendName: string, portable: Portable): KernelConfig {
  const registered = tf.getKernel(kernelName, backendName);
  if (registered != null) return registered;
  const composed = portable(kernelName, backendName);
  tf.registerKernel(composed);
  return composed;
}

/** Runs a kernel on the current backend. @returns what it gives: a tensor, or several */
export function runKernelOr<T extends Tensor | Tensor[]>(
  portable: Portable,
  kernelName: string,
  inputs: object,
  attributes: object,
): T {
  kernelOf(kernelName, currentBackend(), portable);
  return tf.engine().runKernel(kernelName, inputs as NamedTensorMap, attributes as NamedAttrMap);
}
