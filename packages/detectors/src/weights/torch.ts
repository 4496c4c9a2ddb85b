/**
 * torch's `.pth` and `.pt` files: the zip format (since torch 1.6) and the legacy one before it. Neither is ever executed:
 * of a pickle, only what state dicts are made of is understood.
 */
import { sizeOf } from './stateDict.ts';
import type { StateData, StateDict, StateTensor } from './stateDict.ts';
import { unpickle } from './unpickle.ts';
import type { Global } from './unpickle.ts';
import { BYTES_OF, readValues } from './values.ts';
import type { StoredType } from './values.ts';
import { isZip, readZip } from './zip.ts';

const STORAGE_TYPES: Record<string, StoredType> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** Numbers that one or several tensors look at. Its bytes may come after the pickle that names it. */
class Storage {
  readonly type: StoredType;
  /** Its first value in the data under `key` (a legacy file has views on storages). */
  readonly offset: number;
  readonly count: number;
  readonly key: string;
  constructor(type: StoredType, key: string, offset: number, count: number) {
    this.type = type;
    this.key = key;
    this.offset = offset;
    this.count = count;
  }
}

/** A tensor as it stands in a pickle. */
class TensorReference {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** The bytes of a storage's data, and their order. */
type FindData = (key: string) => { bytes: Uint8Array; bigEndian: boolean } | undefined;

/**
 * Reads the state dict of a file that `torch.save` wrote: itself, or nested as `model`, `state_dict` or the like.
 * Tensors are views on `bytes` where they can be.
 *
 * @param source named in errors, e.g. the path
 * @throws if the file is damaged or has no state dict, or if its pickle names anything that state dicts are not made of
 */
export function readTorch(bytes: Uint8Array, source = 'torch file'): StateDict {
  const fail = (what: string): never => {
    throw new Error(`${source}: ${what}`);
  };
  if (isZip(bytes)) {
    const entries = readZip(bytes, source);
    const pickle = [...entries.keys()].find((name) => name.endsWith('/data.pkl'));
    if (pickle === undefined) {
      return fail(
        'the archive has no data.pkl, so torch.save did not write it. Save a state dict: torch.save(model.state_dict(), path).',
      );
    }
    const folder = pickle.slice(0, -'data.pkl'.length);
    if (entries.has(`${folder}constants.pkl`)) {
      fail('this is a TorchScript program, not weights. Save its state dict: torch.save(model.state_dict(), path).');
    }
    const order = entries.get(`${folder}byteorder`);
    const bigEndian = order !== undefined && decodeAscii(order()).trim() === 'big';
    const { value } = unpickle(entries.get(pickle)!(), 0, { find: globals(source), load: storageOf(source), source });
    return materialize(value, source, (key) => {
      const data = entries.get(`${folder}data/${key}`)?.();
      return data && { bytes: data, bigEndian };
    });
  }
  if (bytes[0] === 0x80) return readLegacy(bytes, source);
  if (bytes.length > 262 && decodeAscii(bytes.subarray(257, 262)) === 'ustar') {
    return fail('this is the tar format of torch before 0.1.10. Load it in torch and save it again.');
  }
  return fail('not a file that torch.save wrote: it is neither a zip archive nor a pickle.');
}

/** The first thing in a legacy file. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * Four pickles (magic number, protocol version, facts about the machine, the object), a fifth with the keys of the storages, then
 * for each its number of values (8 bytes) and the values, always little-endian.
 */
function readLegacy(bytes: Uint8Array, source: string): StateDict {
  let at = 0;
  const next = (load?: (id: unknown) => unknown): unknown => {
    const { value, end } = unpickle(bytes, at, { find: globals(source), load, source });
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) {
    throw new Error(
      `${source}: a pickle, but not one that torch.save wrote. Save a state dict: torch.save(model.state_dict(), path).`,
    );
  }
  const protocol = next();
  if (protocol !== 1001)
    throw new Error(`${source}: the protocol version is ${String(protocol)}; 1001 is the only one known.`);
  next();
  const storages = new Map<string, Storage>();
  const object = next(storageOf(source, (storage) => storages.has(storage.key) || storages.set(storage.key, storage)));
  const keys = next();
  if (!Array.isArray(keys)) throw new Error(`${source}: the list of storages is damaged.`);
  const data = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const key of keys.map(String)) {
    const storage = storages.get(key);
    if (!storage || at + 8 > bytes.length)
      throw new Error(`${source}: cut off or damaged before the values of storage ${key}.`);
    const size = Number(view.getBigInt64(at, true)) * BYTES_OF[storage.type];
    at += 8;
    if (!(size >= 0) || at + size > bytes.length) {
      throw new Error(`${source}: cut off: storage ${key} needs ${size} bytes, but ${bytes.length - at} are left.`);
    }
    data.set(key, bytes.subarray(at, at + size));
    at += size;
  }
  return materialize(object, source, (key) => {
    const found = data.get(key);
    return found && { bytes: found, bigEndian: false };
  });
}

/** The globals that state dicts are made of. Anything else is refused by name. */
function globals(source: string): (name: string) => Global {
  const tensor = (args: unknown[]): TensorReference => {
    const [storage, offset, shape, strides] = args;
    const counts = (x: unknown): x is number[] => Array.isArray(x) && x.every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!(storage instanceof Storage) || !Number.isSafeInteger(offset) || !counts(shape) || !counts(strides)) {
      throw new Error(`${source}: a tensor in the pickle is damaged.`);
    }
    return new TensorReference(storage, offset as number, shape, strides);
  };
  const known: Record<string, Global['construct']> = {
    'collections.OrderedDict': (args) => new Map((args[0] as [unknown, unknown][] | undefined) ?? []),
    'torch._utils._rebuild_tensor': tensor,
    'torch._utils._rebuild_tensor_v2': tensor,
    'torch._utils._rebuild_parameter': (args) => args[0],
    'torch._utils._rebuild_parameter_with_state': (args) => args[0],
    'torch.nn.parameter.Parameter': (args) => args[0],
    'torch.Size': (args) => args[0],
  };
  return (name) => {
    const construct = Object.hasOwn(known, name) ? known[name] : undefined;
    if (construct) return { name, construct };
    if (storageType(name) !== undefined) return { name };
    throw new Error(
      `${source}: the pickle asks for ${name}, which could run code, so nothing of the file is read. Only state dicts are. ` +
        'In torch: torch.save(model.state_dict(), path).',
    );
  };
}

function storageType(global: string): StoredType | undefined {
  const match = /^torch\.(?:cuda\.)?(\w+Storage)$/.exec(global);
  return match && Object.hasOwn(STORAGE_TYPES, match[1]!) ? STORAGE_TYPES[match[1]!] : undefined;
}

/** Reads persistent ids: `('storage', type, key, device, count)`, in legacy files with `(viewKey, offset, count)` or None after it. */
function storageOf(source: string, found?: (root: Storage) => void): (id: unknown) => unknown {
  return (id) => {
    const [kind, type, key, , count, view] = Array.isArray(id) ? id : [];
    const stored = storageType(String((type as Global | undefined)?.name));
    if (kind !== 'storage' || stored === undefined || !Number.isSafeInteger(count)) {
      throw new Error(`${source}: the pickle refers to ${String(kind)} data that is no storage of numbers.`);
    }
    found?.(new Storage(stored, String(key), 0, count as number));
    if (!Array.isArray(view)) return new Storage(stored, String(key), 0, count as number);
    return new Storage(stored, String(key), view[1] as number, view[2] as number);
  };
}

/** Under which names checkpoints keep the weights among other things, best first. */
const NESTED = ['model', 'state_dict', 'model_state_dict', 'module', 'net', 'network', 'weights'];

const hasTensors = (value: unknown): value is Map<unknown, unknown> =>
  value instanceof Map && [...value.values()].some((v) => v instanceof TensorReference);

function findTensors(value: unknown, source: string): Map<unknown, unknown> {
  if (hasTensors(value)) return value;
  if (!(value instanceof Map))
    throw new Error(`${source}: holds no dict of tensors. Save one: torch.save(model.state_dict(), path).`);
  for (const key of NESTED) {
    const inner = value.get(key);
    if (inner instanceof Map) return findTensors(inner, source);
  }
  const candidates = [...value].filter(([, inner]) => hasTensors(inner));
  if (candidates.length === 1) return candidates[0]![1] as Map<unknown, unknown>;
  const keys = [...value.keys()].map(String).join(', ');
  throw new Error(
    candidates.length === 0
      ? `${source}: has no tensors under any of its keys (${keys || 'none'}).`
      : `${source}: several of its keys have tensors (${keys}). Save the one that is meant alone.`,
  );
}

/** Tensors of a storage that are looked at whole and in order share its values; others are gathered. */
function materialize(object: unknown, source: string, find: FindData): StateDict {
  const read = new Map<string, StateData>();
  const values = (storage: Storage): StateData => {
    const id = `${storage.key}:${storage.type}`;
    const known = read.get(id);
    if (known) return known;
    const data = find(storage.key);
    if (!data) throw new Error(`${source}: the values of storage ${storage.key} are missing.`);
    const count = Math.floor(data.bytes.length / BYTES_OF[storage.type]);
    const result = readValues(data.bytes, 0, count, storage.type, data.bigEndian);
    read.set(id, result);
    return result;
  };
  const result: StateDict = new Map();
  for (const [name, reference] of findTensors(object, source)) {
    if (!(reference instanceof TensorReference)) continue; // a number beside the tensors, an `_extra_state`
    result.set(String(name), tensorOf(String(name), reference, values(reference.storage), source));
  }
  return result;
}

function tensorOf(
  name: string,
  { storage, offset, shape, strides }: TensorReference,
  data: StateData,
  source: string,
): StateTensor {
  const size = sizeOf(shape);
  const start = storage.offset + offset;
  const last = shape.reduce((at, n, axis) => at + (n - 1) * strides[axis]!, start);
  // an expanded tensor may be larger than its storage, but a damaged one could ask for all memory
  const reaches = size > 0 && last >= data.length;
  if (strides.length !== shape.length || reaches || size > 2 ** 31) {
    throw new Error(
      `${source}: '${name}' [${shape.join(', ')}] reaches beyond its storage of ${data.length} values; the file is cut off or damaged.`,
    );
  }
  if (size === 0 || isContiguous(shape, strides)) return { shape, data: data.subarray(start, start + size) };
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
  return { shape, data: values };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

const decodeAscii = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
