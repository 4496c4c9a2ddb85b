/**
 * safetensors: 8 bytes of header length, a JSON header `{ name: { dtype, shape, data_offsets } }`, then the values,
 * little-endian. https://huggingface.co/docs/safetensors
 */
import { sizeOf } from './state-dict.ts';
import type { StateData, StateDict, StateTensor } from './state-dict.ts';
import { readHeader } from './safetensors-header.ts';
import { encodeUtf8, shorten } from './text.ts';
import { BYTES_OF, readValues } from './values.ts';
import type { StoredType } from './values.ts';

/** Free text beside the weights. */
export type Metadata = Record<string, string>;

export interface Safetensors {
  readonly tensors: StateDict;
  readonly metadata: Metadata;
}

/** The format's own limit on its header. */
const LARGEST_HEADER = 100_000_000;

/**
 * Reads a safetensors file. Values are views on `bytes` where they can be.
 * @param source named in errors, e.g. the path
 * @throws if the file is cut off, is not safetensors, has what the reference refuses (tensors that overlap or leave a
 *   gap, a field twice), or has a number type that this does not read (8-bit floats, unsigned 16 to 64)
 */
export function readSafetensors(bytes: Uint8Array, source = 'safetensors'): Safetensors {
  const fail = (what: string): never => {
    throw new Error(`${source}: ${what}`);
  };
  if (bytes.length < 8) fail(`not a safetensors file: ${bytes.length} bytes are too few for a header.`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > LARGEST_HEADER) fail(`not a safetensors file: its header would be ${length} bytes long.`);
  const start = 8 + length;
  if (start > bytes.length)
    fail(`cut off: the header is ${length} bytes long, but the file ends after ${bytes.length}.`);
  const { metadata, entries } = readHeader(bytes.subarray(8, start), bytes.length - start, fail);
  const tensors: StateDict = new Map();
  for (const { name, dtype, shape, begin, end } of entries) {
    if (!Object.hasOwn(BYTES_OF, dtype)) {
      fail(`'${shorten(name)}' has the number type ${shorten(dtype)}, which is not read; convert it to F32.`);
    }
    const type = dtype as StoredType;
    const count = sizeOf(shape);
    if (end - begin !== count * BYTES_OF[type]) {
      fail(
        `'${shorten(name)}' is ${type} [${shorten(shape.join(', '))}], ${count * BYTES_OF[type]} bytes, but its offsets span ${end - begin}.`,
      );
    }
    tensors.set(name, { shape, data: readValues(bytes, start + begin, count, type) });
  }
  return { tensors, metadata };
}

/**
 * By the array's own tag: one that another realm made (a test runner's, a frame's) is no instance of this one's
 * classes.
 */
const typeOf = (data: StateData): StoredType => {
  const types: Readonly<Record<string, StoredType>> = {
    Float32Array: 'F32',
    Float64Array: 'F64',
    BigInt64Array: 'I64',
    Int32Array: 'I32',
    Int16Array: 'I16',
    Int8Array: 'I8',
    Uint8Array: 'U8',
  };
  const tag = data[Symbol.toStringTag];
  const found = types[tag];
  if (found === undefined) throw new Error(`Values of the type ${tag} cannot be written.`);
  return found;
};

/**
 * The bytes of a safetensors file. They are a function of the weights and the metadata alone: names and keys are
 * sorted, as the Python package does it, whose files these equal byte for byte.
 *
 * @throws if a shape and its number of values disagree
 */
export function writeSafetensors(tensors: ReadonlyMap<string, StateTensor>, metadata: Metadata = {}): Uint8Array {
  const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const entries = [...tensors].map(([name, { shape, data }]) => {
    if (sizeOf(shape) !== data.length) {
      throw new Error(`writeSafetensors: '${name}' has shape [${shape.join(', ')}] but ${data.length} values.`);
    }
    return { name, shape, data, type: typeOf(data) };
  });
  // wide types first, so that every value is aligned to its width
  entries.sort((a, b) => ORDER.indexOf(a.type) - ORDER.indexOf(b.type) || byName(a.name, b.name));
  // joined by hand: an object would move names that look like numbers to the front
  const members: string[] = [];
  const member = (name: string, value: unknown): unknown =>
    members.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const keys = Object.keys(metadata).sort(byName);
  if (keys.length > 0) member('__metadata__', Object.fromEntries(keys.map((key) => [key, metadata[key]])));
  let size = 0;
  for (const { name, shape, data, type } of entries) {
    member(name, { dtype: type, shape, data_offsets: [size, size + data.byteLength] });
    size += data.byteLength;
  }
  const json = encodeUtf8(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length + size);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length); // padded with spaces
  bytes.set(json, 8);
  let at = 8 + length;
  for (const { data } of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** The Python package's order of types. */
const ORDER: readonly StoredType[] = ['I64', 'F64', 'F32', 'I32', 'BF16', 'F16', 'I16', 'I8', 'U8', 'BOOL'];
