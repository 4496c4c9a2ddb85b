/** Torch archives and pickles by hand: what no torch writes. */
import { encodeUtf8 } from '../weights/text.ts';

export interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  /** Where the central directory says the entry is, in place of where it is. */
  readonly at?: number;
}

/** A zip archive of stored entries. */
export function zipOf(entries: readonly Entry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  const header = (length: number, fields: readonly (readonly [number, number, 2 | 4])[]): Uint8Array => {
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    for (const [offset, value, width] of fields) {
      if (width === 2) view.setUint16(offset, value, true);
      else view.setUint32(offset, value, true);
    }
    return bytes;
  };
  for (const { name, data, at: said } of entries) {
    const encoded = encodeUtf8(name);
    const sizes = (from: number) =>
      [
        [from, data.length, 4],
        [from + 4, data.length, 4],
        [from + 8, encoded.length, 2],
      ] as const;
    parts.push(header(30, [[0, 0x04034b50, 4], ...sizes(18)]), encoded, data);
    central.push(header(46, [[0, 0x02014b50, 4], ...sizes(20), [42, said ?? at, 4]]), encoded);
    at += 30 + encoded.length + data.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const end = header(22, [
    [0, 0x06054b50, 4],
    [8, entries.length, 2],
    [10, entries.length, 2],
    [12, size, 4],
    [16, at, 4],
  ]);
  return new Uint8Array(Buffer.concat([...parts, ...central, end]));
}

/** The archive that torch would write of a pickle, with one storage of four floats. */
export const archiveOf = (pickle: Uint8Array, more: readonly Entry[] = []): Uint8Array =>
  zipOf([
    { name: 'archive/data.pkl', data: pickle },
    { name: 'archive/version', data: encodeUtf8('3\n') },
    { name: 'archive/data/0', data: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) },
    ...more,
  ]);

const int = (value: number): string => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return `J${String.fromCharCode(...bytes)}`;
};
const long = (value: bigint): string => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return `\x8a\x08${String.fromCharCode(...bytes)}`;
};
const text = (value: string): string => `X${int(value.length).slice(1)}${value}`;
const global = (name: string): string => {
  const dot = name.lastIndexOf('.');
  return `c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`;
};
const tuple = (...items: string[]): string => `(${items.join('')}t`;
const call = (name: string, ...args: string[]): string => `${global(name)}${tuple(...args)}R`;
const dict = (...items: string[]): string => `}(${items.join('')}u`;

interface TensorParts {
  readonly offset?: string;
  readonly shape?: readonly (number | bigint)[];
  readonly strides?: readonly (number | bigint)[];
}

/** A tensor on the archive's storage. */
function tensor({ offset = int(0), shape = [4], strides = [1] }: TensorParts = {}): string {
  const counts = (values: readonly (number | bigint)[]): string =>
    tuple(...values.map((n) => (typeof n === 'bigint' ? long(n) : int(n))));
  const storage = tuple(text('storage'), global('torch.FloatStorage'), text('0'), text('cpu'), int(4));
  const hooks = call('collections.OrderedDict');
  return call('torch._utils._rebuild_tensor_v2', `${storage}Q`, offset, counts(shape), counts(strides), '\x89', hooks);
}

/** Opcodes of pickle's protocol 2, for {@link pickleOf}; `long` has 8 bytes. */
export const op = { int, long, text, global, tuple, call, dict, tensor };

/** A whole pickle, one character a byte. */
export const pickleOf = (opcodes: string): Uint8Array => new Uint8Array(Buffer.from(`\x80\x02${opcodes}.`, 'latin1'));
