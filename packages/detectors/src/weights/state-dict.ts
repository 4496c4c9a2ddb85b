/**
 * Weights by name as files hold them: torch's layout (convolutions OIHW, linear layers OI), plain typed arrays, no
 * backend.
 */

/** Floats of 16 bits are widened to 32; booleans are bytes 0 and 1. */
export type StateData = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array;

/** One weight. `data` may be a view on the file's bytes: do not write to it. */
export interface StateTensor {
  readonly shape: readonly number[];
  readonly data: StateData;
}

export type StateDict = Map<string, StateTensor>;

/** Number of values of a shape; 1 for a scalar's `[]`. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** The values as float32, the array itself where it is one. */
export function asFloat32(data: StateData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}
