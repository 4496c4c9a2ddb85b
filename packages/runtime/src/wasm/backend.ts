/** What of tfjs's wasm backend the kernels here use. */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

export type Values = Float32Array | Int32Array | Uint8Array;

export interface WasmBackend extends KernelBackend {
  readonly wasm: TfjsModule;
  makeOutput(shape: number[], dtype: string): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Values;
}

/** tfjs's WebAssembly module: the build of several threads, or that of one. */
export interface TfjsModule {
  readonly wasmMemory?: object;
  readonly asm?: { readonly memory?: object };
}

/** A view of a tensor's memory. Allocating may move wasm's memory, so outputs are made before any view is taken. */
export const view = (backend: WasmBackend, info: TensorInfo): Values => backend.typedArrayFromHeap(info);
