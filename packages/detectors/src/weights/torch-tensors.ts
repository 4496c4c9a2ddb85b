/** Tensors as a torch file describes them (a view on a storage), and their values. */
import { sizeOf } from './state-dict.ts';
import type { StateData, StateDict, StateTensor } from './state-dict.ts';
import { shorten } from './text.ts';
import { BYTES_OF, readValues } from './values.ts';
import type { StoredType } from './values.ts';

/** Numbers that one or several tensors look at. Its bytes may come after the pickle that names it. */
export class Storage {
  /** Undefined for numbers that are not read. */
  readonly type: StoredType | undefined;
  /** torch's name of the type. */
  readonly name: string;
  readonly key: string;
  /** Its first value in the data under `key` (a legacy file has views on storages). */
  readonly offset: number;
  readonly count: number;
  constructor(type: StoredType | undefined, name: string, key: string, offset: number, count: number) {
    this.type = type;
    this.name = name;
    this.key = key;
    this.offset = offset;
    this.count = count;
  }
}

/** A tensor as it stands in a pickle. */
export class TensorReference {
  readonly storage: Storage;
  readonly type: StoredType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(
    storage: Storage,
    type: StoredType,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.type = type;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** A tensor of a kind that is not read. Others of the file still are, where nobody asks for this one. */
export class UnreadTensor {
  /** Completes "the tensor …". */
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

/** The bytes of a storage's data, and their order. */
export type FindData = (key: string) => { bytes: Uint8Array; bigEndian: boolean } | undefined;

/** A dict that has tensors in it, of all that a pickle may hold. */
export type TensorDict = ReadonlyMap<unknown, unknown>;

const isTensor = (value: unknown): value is TensorReference | UnreadTensor =>
  value instanceof TensorReference || value instanceof UnreadTensor;

export const hasTensors = (value: unknown): value is TensorDict =>
  value instanceof Map && [...value.values()].some(isTensor);

/**
 * How many bytes the tensors of a file may take that its storages do not have: an expanded tensor is written once and
 * stands for many values, so that 1.6 KB could ask for 8 GB.
 */
const MOST_GATHERED = 64 * 2 ** 20;

/**
 * Reads the tensors of a dict. Those that look at a storage whole and in order share its values; others are gathered.
 * @param size of the file in bytes
 * @throws with `source` named, if a tensor reaches beyond its storage or is of a kind that is not read
 */
export function materialize(dict: TensorDict, source: string, find: FindData, size: number): StateDict {
  const read = new Map<string, StateData>();
  const values = ({ storage, type }: TensorReference): StateData => {
    const id = `${storage.key}:${type}`;
    const known = read.get(id);
    if (known) return known;
    const data = find(storage.key);
    if (!data) throw new Error(`${source}: the values of storage ${shorten(storage.key)} are missing.`);
    const count = Math.floor(data.bytes.length / BYTES_OF[type]);
    const result = readValues(data.bytes, 0, count, type, data.bigEndian);
    read.set(id, result);
    return result;
  };
  // a tensor whose axes are turned takes its size once more, a file of such tensors the size of the file
  let left = MOST_GATHERED + size;
  const result: StateDict = new Map();
  for (const [key, tensor] of dict) {
    if (!isTensor(tensor) || (typeof key !== 'string' && typeof key !== 'number')) continue; // a number beside the tensors, an `_extra_state`
    const name = String(key);
    if (tensor instanceof UnreadTensor) throw new Error(`${source}: '${shorten(name)}' ${tensor.why}; it is not read.`);
    const read = tensorOf(name, tensor, values(tensor), source, left);
    left -= read.gathered;
    result.set(name, read.tensor);
  }
  return result;
}

function tensorOf(
  name: string,
  { storage, offset, shape, strides }: TensorReference,
  data: StateData,
  source: string,
  left: number,
): { tensor: StateTensor; gathered: number } {
  const size = shape.includes(0) ? 0 : sizeOf(shape);
  const start = storage.offset + offset;
  const last = shape.reduce((at, n, axis) => at + (n - 1) * strides[axis]!, start);
  const described = `'${shorten(name)}' [${shorten(shape.join(', '))}]`;
  if (size > 0 && !(last < data.length)) {
    throw new Error(
      `${source}: ${described} reaches beyond its storage of ${data.length} values; the file is cut off or damaged.`,
    );
  }
  if (size === 0 || isContiguous(shape, strides)) {
    return { tensor: { shape, data: data.subarray(start, start + size) }, gathered: 0 };
  }
  const bytes = size * data.BYTES_PER_ELEMENT;
  if (bytes > left) {
    throw new Error(
      `${source}: ${described} takes ${bytes} bytes, of which the file has ${data.byteLength}: it is an expanded tensor. ` +
        'Save its contiguous() in torch if it is meant.',
    );
  }
  const gathered = data.slice(0, 0).constructor as new (count: number) => StateData;
  const values = new gathered(size);
  const index = new Array<number>(shape.length).fill(0);
  let from = start;
  for (let i = 0; i < size; i++) {
    values[i] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { tensor: { shape, data: values }, gathered: bytes };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
