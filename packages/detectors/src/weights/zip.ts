/** The zip archives that torch writes: entries stored uncompressed, found through the central directory. */
import { decodeUtf8, shorten } from './text.ts';

/** The bytes of every entry, by name; throws for one that is compressed or encrypted. */
export type ZipEntries = Map<string, () => Uint8Array>;

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
/** In a 32-bit field: the value stands in the 64-bit extra field. */
const IN_EXTRA = 0xffffffff;

export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/**
 * Views on the entries of an archive, by name.
 * @throws with `source` named, if the archive is cut off or damaged
 */
export function readZip(bytes: Uint8Array, source: string): ZipEntries {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (what: string): never => {
    throw new Error(`${source}: ${what}`);
  };
  const u16 = (at: number): number => (at + 2 <= bytes.length ? view.getUint16(at, true) : cutOff());
  const u32 = (at: number): number => (at + 4 <= bytes.length ? view.getUint32(at, true) : cutOff());
  const u64 = (at: number): number => (at + 8 <= bytes.length ? Number(view.getBigUint64(at, true)) : cutOff());
  const nameOf = (part: Uint8Array): string => {
    try {
      return decodeUtf8(part);
    } catch {
      return cutOff();
    }
  };
  const cutOff = (): never => fail('the archive is cut off or damaged; download or copy it again.');

  // the end record is the last thing but for a comment of at most 65,535 bytes
  let end = bytes.length - 22;
  const lowest = Math.max(0, end - 0xffff);
  while (end >= lowest && u32(end) !== END) end--;
  if (end < lowest) cutOff();
  let count = u16(end + 10);
  let at = u32(end + 16);
  if (end >= 20 && u32(end - 20) === LOCATOR_64) {
    const end64 = u64(end - 20 + 8);
    if (u32(end64) !== END_64) cutOff();
    count = u64(end64 + 32);
    at = u64(end64 + 48);
  }

  const entries: ZipEntries = new Map();
  const spans: (readonly [start: number, end: number])[] = [];
  for (let i = 0; i < count; i++) {
    if (u32(at) !== CENTRAL) cutOff();
    const flags = u16(at + 8);
    const method = u16(at + 10);
    const [nameLength, extraLength, commentLength] = [u16(at + 28), u16(at + 30), u16(at + 32)];
    const name = nameOf(bytes.subarray(at + 46, at + 46 + nameLength));
    let size = u32(at + 20);
    let local = u32(at + 42);
    if (size === IN_EXTRA || u32(at + 24) === IN_EXTRA || local === IN_EXTRA) {
      let extra = at + 46 + nameLength;
      const extraEnd = extra + extraLength;
      while (extra + 4 <= extraEnd && u16(extra) !== 1) extra += 4 + u16(extra + 2);
      if (extra + 4 > extraEnd) cutOff();
      let field = extra + 4; // sizes, then the offset, each only where its 32-bit field is full
      if (u32(at + 24) === IN_EXTRA) field += 8;
      if (size === IN_EXTRA) {
        size = u64(field);
        field += 8;
      }
      if (local === IN_EXTRA) local = u64(field);
    }
    if (u32(local) !== LOCAL) cutOff();
    const start = local + 30 + u16(local + 26) + u16(local + 28);
    if (start + size > bytes.length) cutOff();
    if (entries.has(name)) fail(`the archive has '${shorten(name)}' twice; torch.save never writes that.`);
    spans.push([local, start + size]);
    entries.set(name, () => {
      if ((flags & 1) !== 0) fail(`'${shorten(name)}' in the archive is encrypted.`);
      if (method !== 0) {
        fail(
          `'${shorten(name)}' in the archive is compressed (method ${method}). torch.save never does that: the file was packed again. ` +
            'Unpack it, and pack it without compression (zip -0).',
        );
      }
      return bytes.subarray(start, start + size);
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  // entries that share bytes would make much out of a little
  spans.sort(([a], [b]) => a - b);
  if (spans.some(([start], i) => i > 0 && start < spans[i - 1]![1])) {
    fail('entries of the archive overlap; torch.save never writes that.');
  }
  return entries;
}
