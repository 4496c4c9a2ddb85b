/** Registering kernels of tfjs's own names on wasm, with the types that tfjs has for their attributes. */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';

/**
 * Registers a composition of other kernels for one that wasm lacks; one that a later tfjs brings itself is left alone.
 * What it makes on the way is freed.
 */
export function registerMissing<Names extends string, Attributes extends object>(
  kernelName: string,
  body: (inputs: Readonly<Record<Names, Tensor>>, attributes: Attributes) => Tensor,
): void {
  if (tf.getKernel(kernelName, 'wasm')) return;
  const kernelFunc: KernelFunc = ({ inputs, attrs }) =>
    tf.tidy(() => body(inputs as Record<Names, Tensor>, attrs as Attributes));
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}

const ours = new WeakSet<KernelFunc>();

/** Puts what `make` makes of wasm's own kernel in its place; once. */
export function replaceStock(kernelName: string, make: (stock: KernelFunc) => KernelFunc): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (!stock || ours.has(stock.kernelFunc)) return;
  const kernelFunc = make(stock.kernelFunc);
  ours.add(kernelFunc);
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...stock, kernelFunc });
}

/** Puts a kernel of one input over wasm's own, which stays for what `takes` says no to. */
export function improveStock<Attributes extends object>(
  kernelName: string,
  takes: (x: Tensor, attributes: Attributes) => boolean,
  body: (x: Tensor, attributes: Attributes, backend: WasmBackend) => TensorInfo | TensorInfo[],
): void {
  replaceStock(kernelName, (stock) => (args) => {
    const x = withRank(args.inputs['x']!);
    const attributes = (args.attrs ?? {}) as Attributes;
    return takes(x, attributes) ? body(x, attributes, args.backend as WasmBackend) : stock(args);
  });
}

/** Backends call each other's kernels with a bare TensorInfo, which has no rank. */
function withRank({ dataId, dtype, shape }: TensorInfo): Tensor {
  return { dataId, dtype, shape, rank: shape.length } as Tensor;
}
