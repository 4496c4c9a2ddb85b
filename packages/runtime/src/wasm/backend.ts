/** What of tfjs's wasm backend the kernels here use. */
import type { NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

export type Values = Float32Array | Int32Array | Uint8Array;

export interface WasmBackend {
  makeOutput(shape: number[], dtype: string): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Values;
  incRef(dataId: object): void;
}

/** A kernel. */
export type Body = (
  inputs: Record<string, Tensor>,
  attributes: NamedAttrMap,
  backend: WasmBackend,
) => TensorInfo | TensorInfo[];

/** A view of a tensor's memory. Allocating may move wasm's memory, so outputs are made before any view is taken. */
export const view = (backend: WasmBackend, info: TensorInfo): Values => backend.typedArrayFromHeap(info);
