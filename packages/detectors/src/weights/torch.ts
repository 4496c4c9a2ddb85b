/**
 * torch's `.pth` and `.pt` files: the zip format (since torch 1.6) and the legacy one before it. Neither is ever
 * executed: of a pickle, only what state dicts are made of is understood.
 */
import { latin1, shorten } from './text.ts';
import { torchGlobals, storageOf } from './torch-globals.ts';
import { hasTensors, materialize } from './torch-tensors.ts';
import type { FindData, Storage, TensorDict } from './torch-tensors.ts';
import type { StateDict } from './state-dict.ts';
import { unpickle } from './unpickle.ts';
import { BYTES_OF } from './values.ts';
import { isZip, readZip } from './zip.ts';

/** A dict of tensors in a torch file. Its values are read when they are asked for: an optimizer's never are. */
export interface TensorGroup {
  /** The keys that lead to it, outermost first; empty for a file that is a state dict itself. */
  readonly path: readonly string[];
  readonly names: readonly string[];
  /** @throws with the file named, if a tensor reaches beyond its storage or is of a kind that is not read */
  readonly read: () => StateDict;
}

/** What a torch file says besides its weights, as mmdetection does. */
export interface TorchFacts {
  /** In the order of the outputs. */
  readonly classNames?: readonly string[];
  /** The config of the training, as text. */
  readonly config?: string;
}

export interface TorchFile {
  readonly groups: readonly TensorGroup[];
  readonly facts: TorchFacts;
}

/**
 * The dicts of tensors in a file that `torch.save` wrote: the file itself, or what it holds under `model`, `state_dict`
 * or any other key, in the order of the file.
 *
 * @param source named in errors, e.g. the path
 * @throws if the file is damaged or has no dict of tensors, or if its pickle names anything that torch's restricted
 *   reader refuses
 */
export function openTorch(bytes: Uint8Array, source = 'torch file'): TorchFile {
  const { object, find } = isZip(bytes) ? readArchive(bytes, source) : readSingle(bytes, source);
  const groups = findGroups(object, source).map(({ path, dict }) => ({
    path,
    names: [...dict.keys()].filter((key) => typeof key === 'string'),
    read: () => materialize(dict, source, find, bytes.length),
  }));
  return { groups, facts: factsOf(object) };
}

function factsOf(object: unknown): TorchFacts {
  const under = (value: unknown, ...keys: string[]): unknown =>
    keys.reduce<unknown>((at, key) => (at instanceof Map ? at.get(key) : undefined), value);
  const names = [['CLASSES'], ['dataset_meta', 'CLASSES'], ['dataset_meta', 'classes']]
    .map((keys) => under(object, 'meta', ...keys))
    .find((value) => Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string'));
  const config = under(object, 'meta', 'cfg') ?? under(object, 'meta', 'config');
  return {
    ...(names === undefined ? {} : { classNames: names as string[] }),
    ...(typeof config === 'string' ? { config } : {}),
  };
}

/** What the pickle of a file says, and where the values are. */
interface Contents {
  readonly object: unknown;
  readonly find: FindData;
}

function readArchive(bytes: Uint8Array, source: string): Contents {
  const fail = (what: string): never => {
    throw new Error(`${source}: ${what}`);
  };
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
  const order = latin1(entries.get(`${folder}byteorder`)?.().subarray(0, 16) ?? new Uint8Array(0)).trim();
  const bigEndian = order === 'big';
  const { value } = unpickle(entries.get(pickle)!(), 0, {
    find: torchGlobals(source),
    load: storageOf(source),
    source,
  });
  return {
    object: value,
    find: (key) => {
      const data = entries.get(`${folder}data/${key}`)?.();
      return data && { bytes: data, bigEndian };
    },
  };
}

function readSingle(bytes: Uint8Array, source: string): Contents {
  if (bytes[0] === 0x80) return readLegacy(bytes, source);
  if (bytes.length > 262 && latin1(bytes.subarray(257, 262)) === 'ustar') {
    throw new Error(`${source}: this is the tar format of torch before 0.1.10. Load it in torch and save it again.`);
  }
  throw new Error(`${source}: not a file that torch.save wrote: it is neither a zip archive nor a pickle.`);
}

/** The first thing in a legacy file. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * Four pickles (magic number, protocol version, facts about the machine, the object), a fifth with the keys of the
 * storages, then for each its number of values (8 bytes) and the values, always little-endian.
 */
function readLegacy(bytes: Uint8Array, source: string): Contents {
  let at = 0;
  const next = (load?: (id: unknown) => unknown): unknown => {
    const { value, end } = unpickle(bytes, at, { find: torchGlobals(source), load, source });
    at = end;
    return value;
  };
  if (next() !== LEGACY_MAGIC) {
    throw new Error(
      `${source}: a pickle, but not one that torch.save wrote. Save a state dict: torch.save(model.state_dict(), path).`,
    );
  }
  const protocol = next();
  if (protocol !== 1001) throw new Error(`${source}: the protocol version is not 1001, which is the only one known.`);
  next();
  const storages = new Map<string, Storage>();
  const object = next(storageOf(source, (storage) => storages.has(storage.key) || storages.set(storage.key, storage)));
  const keys = next();
  if (!Array.isArray(keys)) throw new Error(`${source}: the list of storages is damaged.`);
  const data = new Map<string, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const name of keys as unknown[]) {
    const key = typeof name === 'string' || typeof name === 'number' ? String(name) : '';
    const storage = storages.get(key);
    if (!storage || at + 8 > bytes.length)
      throw new Error(`${source}: cut off or damaged before the values of storage ${shorten(key)}.`);
    if (storage.type === undefined)
      throw new Error(`${source}: has numbers of the type ${storage.name}, which are not read.`);
    const size = Number(view.getBigInt64(at, true)) * BYTES_OF[storage.type];
    at += 8;
    if (!(size >= 0) || at + size > bytes.length) {
      throw new Error(
        `${source}: cut off: storage ${shorten(key)} needs ${size} bytes, but ${bytes.length - at} are left.`,
      );
    }
    data.set(key, bytes.subarray(at, at + size));
    at += size;
  }
  return {
    object,
    find: (key) => {
      const found = data.get(key);
      return found && { bytes: found, bigEndian: false };
    },
  };
}

/**
 * How deep a checkpoint nests its state dicts (`checkpoint.model.ema.module`), and how many objects of it are looked
 * at.
 */
const MOST_NESTED = 5;
const MOST_LOOKED_AT = 100_000;

/**
 * Dicts that have tensors, in the order of the file; a number beside the weights (a loss, a random state) makes a dict
 * one too.
 */
function findGroups(object: unknown, source: string): { path: string[]; dict: TensorDict }[] {
  const found: { path: string[]; dict: TensorDict }[] = [];
  // a pickle may contain itself
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string[]): void => {
    if (!(value instanceof Map) || seen.has(value) || seen.size > MOST_LOOKED_AT) return;
    seen.add(value);
    if (hasTensors(value)) found.push({ path, dict: value });
    if (path.length >= MOST_NESTED) return;
    for (const [key, inner] of value as Map<unknown, unknown>) {
      if (typeof key === 'string') visit(inner, [...path, key]);
    }
  };
  visit(object, []);
  if (found.length > 0) return found;
  if (!(object instanceof Map)) {
    throw new Error(`${source}: holds no dict of tensors. Save one: torch.save(model.state_dict(), path).`);
  }
  const keys = [...object.keys()].filter((key) => typeof key === 'string');
  throw new Error(`${source}: has no tensors under any of its keys (${shorten(keys.join(', ') || 'none', 200)}).`);
}
