/**
 * Tensors that say the shape of others: an op takes them as inputs, and made for each call they are as many uploads as
 * there are ops. They are the backend's alone: tfjs's engine does not know them, so nobody frees them and no count of
 * tensors shows them.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What of tfjs-node's backend makes them. */
export interface ConstantsBackend {
  write(values: Float32Array | Int32Array, shape: number[], dtype: 'float32' | 'int32'): object;
}

/** So many are kept at most: a run on images of many sizes has some thousands of shapes. */
const MOST = 8192;

interface Constants {
  nothing?: TensorInfo;
  readonly integers: Map<string, TensorInfo>;
}

const constants = new WeakMap<ConstantsBackend, Constants>();

function of(backend: ConstantsBackend): Constants {
  let found = constants.get(backend);
  if (!found) constants.set(backend, (found = { integers: new Map() }));
  return found;
}

/** A float tensor without values. */
export function nothing(backend: ConstantsBackend): TensorInfo {
  const dtype = 'float32';
  return (of(backend).nothing ??= {
    dataId: backend.write(new Float32Array(0), [0], dtype),
    shape: [0],
    dtype,
  });
}

/** A vector of integers; undefined where no more are kept. */
export function integers(backend: ConstantsBackend, values: readonly number[]): TensorInfo | undefined {
  const kept = of(backend).integers;
  const key = values.join();
  let found = kept.get(key);
  if (!found && kept.size < MOST) {
    const shape = [values.length];
    found = {
      dataId: backend.write(Int32Array.from(values), shape, 'int32'),
      shape,
      dtype: 'int32',
    };
    kept.set(key, found);
  }
  return found;
}
