/** Numbers as files store them, read into typed arrays. Shared by the readers of torch files and of safetensors. */
import type { StateData } from './state-dict.ts';

/** How a number is stored. The names are safetensors'. */
export type StoredType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

export const BYTES_OF: Record<StoredType, number> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/**
 * `count` values from byte `offset` of `bytes`. A view where alignment, byte order and type allow it (so that a large
 * file is not held twice), else a copy. Assumes a little-endian machine, as all that run JavaScript are.
 */
export function readValues(
  bytes: Uint8Array,
  offset: number,
  count: number,
  type: StoredType,
  bigEndian = false,
): StateData {
  const width = BYTES_OF[type];
  const swap = bigEndian && width > 1;
  const start = bytes.byteOffset + offset;
  let buffer = bytes.buffer;
  let at = start;
  if (swap || start % width !== 0) {
    const copy = bytes.slice(offset, offset + count * width);
    if (swap) swapBytes(copy, width);
    buffer = copy.buffer;
    at = copy.byteOffset;
  }
  switch (type) {
    case 'F64':
      return new Float64Array(buffer, at, count);
    case 'F32':
      return new Float32Array(buffer, at, count);
    case 'F16':
      return widenHalf(new Uint16Array(buffer, at, count));
    case 'BF16':
      return widenBrain(new Uint16Array(buffer, at, count));
    case 'I64':
      return new BigInt64Array(buffer, at, count);
    case 'I32':
      return new Int32Array(buffer, at, count);
    case 'I16':
      return new Int16Array(buffer, at, count);
    case 'I8':
      return new Int8Array(buffer, at, count);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer, at, count);
  }
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let i = 0; i + width <= bytes.length; i += width) bytes.subarray(i, i + width).reverse();
}

/** bfloat16 is the upper half of a float32. */
function widenBrain(half: Uint16Array): Float32Array {
  const bits = new Uint32Array(half.length);
  for (let i = 0; i < half.length; i++) bits[i] = half[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16 to binary32: exact, subnormal numbers, infinities and NaN included. */
function widenHalf(half: Uint16Array): Float32Array {
  const values = new Float32Array(half.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < half.length; i++) {
    const h = half[i]!;
    const sign = (h & 0x8000) << 16;
    const exponent = (h >> 10) & 0x1f;
    const fraction = h & 0x3ff;
    if (exponent === 0) values[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    else bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return values;
}
