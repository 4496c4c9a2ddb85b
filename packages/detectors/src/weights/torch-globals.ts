/**
 * The functions and types that a torch file may name: those that torch's own restricted unpickler takes
 * (`torch.load(weights_only=True)`, torch/_weights_only_unpickler.py), each with what it stands for here. Anything else
 * is refused by name.
 */
import { shorten } from './text.ts';
import { Storage, TensorReference, UnreadTensor } from './torch-tensors.ts';
import { Global } from './pickle-machine.ts';
import type { Constructor, Pickled } from './pickle-machine.ts';
import type { StoredType } from './values.ts';

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
/** Numbers that a storage can have but that are not read. */
const OTHER_STORAGE = /^torch\.(?:cuda\.)?(?:Complex(?:Double|Float)|QU?Int(?:8|32|2x4|4x2))Storage$/;

/** Types of numbers and quantization schemes: facts about tensors, not functions. */
const FACT =
  /^torch\.(?:bool|bfloat16|float(?:16|32|64|4_\w+|8_\w+)|b?complex\d+|bits\d+(?:x\d+)?|u?int\d+|qu?int\d+(?:x\d+)?|per_(?:tensor|channel)_\w+)$/;

/** `torch.FloatTensor`, `torch.cuda.sparse.HalfTensor`: types that only files of torch before 0.2 call. */
const TENSOR_CLASS =
  /^torch\.(?:Tensor|(?:cuda\.)?(?:sparse\.)?(?:BFloat16|Bool|Byte|Char|Double|Float|Half|Int|Long|Short)Tensor)$/;

/** torch's own limit of axes. */
const MOST_AXES = 64;
const isCounts = (x: unknown): x is number[] =>
  Array.isArray(x) && x.length <= MOST_AXES && x.every((n) => Number.isSafeInteger(n) && n >= 0);

/** Fails with the file's name before it. */
type Fail = (what: string) => never;

/** Looks up what a pickle names. */
export function torchGlobals(source: string): (name: string) => Global {
  const fail: Fail = (what) => {
    throw new Error(`${source}: ${what}`);
  };
  const known = constructors(fail);
  return (name) => {
    // pickles of protocol 2 call Python's own module by the name that it had in Python 2
    const today = name.replace(/^__builtin__\./, 'builtins.');
    const construct = known.get(today);
    if (construct) return new Global(today, construct);
    const named = storageType(today) !== undefined || [OTHER_STORAGE, UNTYPED, FACT].some((kind) => kind.test(today));
    if (named) return new Global(today);
    if (TENSOR_CLASS.test(today)) {
      return new Global(today, () => new UnreadTensor('was saved by a torch before 0.2'));
    }
    return fail(
      `the pickle asks for ${shorten(name)}, which could run code, so nothing of the file is read. Only state dicts are, and what else ` +
        'torch.load(weights_only=True) takes. In torch: torch.save(model.state_dict(), path).',
    );
  };
}

const UNTYPED = /^torch\.storage\.(?:Untyped|Typed)Storage$/;

function constructors(fail: Fail): Map<string, Constructor> {
  const tensor: Constructor = ([storage, offset, shape, strides, , , metadata]) => {
    if (
      !(storage instanceof Storage) ||
      !Number.isSafeInteger(offset) ||
      (offset as number) < 0 ||
      !isCounts(shape) ||
      !isCounts(strides) ||
      shape.length !== strides.length
    ) {
      return fail('a tensor in the pickle is damaged.');
    }
    if (storage.type === undefined) return new UnreadTensor(`has numbers of the type ${storage.name}`);
    const bits = metadata instanceof Map ? ['neg', 'conj'].filter((bit) => metadata.get(bit) === true) : [];
    if (bits.length > 0)
      return new UnreadTensor(`is a view whose values torch turns when it reads them (${bits.join(', ')})`);
    return new TensorReference(storage, storage.type, offset as number, shape, strides);
  };
  const first: Constructor = (args) => args[0];
  const unread =
    (why: string): Constructor =>
    () =>
      new UnreadTensor(why);
  const fact =
    (name: string): Constructor =>
    () =>
      new Global(name);
  const list = (value: Pickled): unknown[] =>
    value === undefined ? [] : Array.isArray(value) ? value : fail('a list in the pickle is damaged.');
  return new Map<string, Constructor>([
    // OrderedDict: pairs of Python 2; Counter: a dict, of every MultiStepLR
    [
      'collections.OrderedDict',
      ([pairs]) => (pairs instanceof Map ? new Map(pairs) : new Map(list(pairs).map(pairOf(fail)))),
    ],
    ['collections.Counter', ([counts]) => (counts instanceof Map ? new Map(counts) : new Map())],
    ['torch._utils._rebuild_tensor', tensor],
    ['torch._utils._rebuild_tensor_v2', tensor],
    ['torch._utils._rebuild_tensor_v3', (args) => new UnreadTensor(`has numbers of the type ${typeName(args[6])}`)],
    ['torch._utils._rebuild_parameter', first],
    ['torch._utils._rebuild_parameter_with_state', first],
    ['torch.nn.parameter.Parameter', first],
    ['torch._utils._rebuild_device_tensor_from_cpu_tensor', first],
    ['torch._utils._rebuild_device_tensor_from_numpy', unread('was saved as an array of numpy')],
    ['torch._utils._rebuild_qtensor', unread('is quantized; dequantize it in torch')],
    ['torch._utils._rebuild_sparse_tensor', unread('is sparse; save its to_dense() in torch')],
    ['torch._utils._rebuild_meta_tensor_no_storage', unread('is on the meta device, which has no values')],
    ['torch._utils._rebuild_wrapper_subclass', unread('is a tensor subclass without values')],
    // (function, type, its arguments, attributes): a tensor that has attributes
    [
      'torch._tensor._rebuild_from_type_v2',
      ([func, , args]) => {
        if (!(func instanceof Global) || !func.construct) return fail('a tensor in the pickle is damaged.');
        return func.construct(list(args));
      },
    ],
    ['torch.Size', ([sizes]) => list(sizes)],
    ['torch.device', fact('torch.device')],
    ['torch.serialization._get_layout', fact('layout')],
    ['_codecs.encode', ([text]) => (typeof text === 'string' ? text : fail('a text in the pickle is damaged.'))],
    ['builtins.bytearray', ([bytes]) => bytes ?? null],
    ['builtins.set', ([items]) => new Set(items instanceof Set ? items : list(items))],
    ['builtins.complex', fact('complex')],
  ]);
}

/** @returns what `new Map` takes, of an item that must be a pair */
const pairOf =
  (fail: Fail) =>
  (pair: unknown): [unknown, unknown] =>
    Array.isArray(pair) && pair.length === 2 ? [pair[0], pair[1]] : fail('a dict in the pickle is damaged.');

const typeName = (type: unknown): string => (type instanceof Global ? type.name : 'unknown');

const storageName = (global: string): string | undefined => /^torch\.(?:cuda\.)?(\w+Storage)$/.exec(global)?.[1];

function storageType(global: string): StoredType | undefined {
  const name = storageName(global);
  return name !== undefined && Object.hasOwn(STORAGE_TYPES, name) ? STORAGE_TYPES[name] : undefined;
}

/**
 * Reads persistent ids: `('storage', type, key, device, count)`, in legacy files with `(viewKey, offset, count)` or
 * None after it.
 */
export function storageOf(source: string, found?: (root: Storage) => void): (id: unknown) => Storage {
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  return (id) => {
    const [kind, type, key, , count, view] = Array.isArray(id) ? (id as unknown[]) : [];
    const known = type instanceof Global && !type.construct && type.name.endsWith('Storage');
    if (kind !== 'storage' || !known || !isCount(count) || !(typeof key === 'string' || isCount(key))) {
      throw new Error(`${source}: the pickle refers to data that is no storage of numbers.`);
    }
    const storage = (offset: number, values: number): Storage =>
      new Storage(storageType(type.name), type.name, String(key), offset, values);
    found?.(storage(0, count));
    if (!Array.isArray(view)) return storage(0, count);
    const [, offset, values] = view as unknown[];
    if (!isCount(offset) || !isCount(values))
      throw new Error(`${source}: a view of a storage in the pickle is damaged.`);
    return storage(offset, values);
  };
}
