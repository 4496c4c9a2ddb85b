import { closeSync, openSync, readSync } from 'node:fs';
import { jsonErrorPosition } from './json-error.ts';

/** Bytes read at a time. */
const CHUNK = 4 * 2 ** 20;

/** No offset: nothing is kept. */
export const NOTHING = Number.POSITIVE_INFINITY;

/** Longest name of a field: a longer one is of no annotations file. */
const LONGEST_KEY = 2 ** 16;

/** Names of fields that are remembered. */
const NAMES = 256;

export const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST, COMMA, COLON] = [0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a];
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The text is no JSON at `offset` (in bytes), or ends there too early. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super(`no JSON at byte ${offset}`);
    this.offset = offset;
  }
}

/**
 * Steps through the bytes of a JSON text without building its values: of a file of any size, a few megabytes of it in
 * memory, or of bytes in memory. Values that are passed are looked at for brackets and strings only; those in memory,
 * which are there to be copied to other files, for Python's NaN and Infinity, too. What is kept of a file
 * ({@link JsonBytes.keepFrom}) can be copied.
 */
export class JsonBytes {
  /** What `#bytes` is a part of: one buffer, used again. */
  #room: Buffer;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where `#bytes` begins in the file. */
  #base = 0;
  #at = 0;
  #ended = false;
  /** Undefined for a text in memory. */
  readonly #file: number | undefined;
  readonly #chunk: number;
  /** Names that were seen, by a hash of their bytes: making a string of each costs more than reading it. */
  readonly #names = new Map<number, { readonly text: string; readonly bytes: Buffer }>();

  /** Bytes from this offset on stay in memory; {@link NOTHING} for none. */
  keepFrom = NOTHING;

  /**
   * @param source the path of a file, which {@link JsonBytes.close} closes; or the whole text
   * @param chunk bytes of a file that are read at a time
   */
  constructor(source: string | Buffer, chunk = CHUNK) {
    this.#chunk = chunk;
    if (typeof source === 'string') {
      this.#room = Buffer.allocUnsafe(chunk);
      this.#file = openSync(source, 'r');
    } else {
      this.#room = source;
      this.#bytes = source;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  /** Offset in the file. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** Copies bytes of the file that were kept. */
  copy(from: number, end: number, to: Buffer, at: number): void {
    const bytes = this.#bytes;
    const length = end - from;
    let i = from - this.#base;
    // a call of copy costs as much as some fifty bytes
    if (length > 48) bytes.copy(to, at, i, end - this.#base);
    else for (let k = at; k < at + length; k++, i++) to[k] = bytes[i] as number;
  }

  /** The byte after white space, or -1 at the end. It is not passed. */
  peek(): number {
    for (;;) {
      while (this.#at < this.#bytes.length) {
        const byte = this.#bytes[this.#at] as number;
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
        this.#at++;
      }
      if (!this.#more()) return -1;
    }
  }

  /** Passes bytes that are known to be there. */
  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** Passes this byte, if it is next after white space. */
  take(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.#at++;
    return true;
  }

  expect(byte: number): void {
    if (!this.take(byte)) this.fail();
  }

  fail(): never {
    throw new JsonSyntaxError(this.offset);
  }

  /** Passes a byte order mark, if the text begins with one. */
  start(): void {
    if (this.peek() === 0xef) this.skip(3);
  }

  /** Fails where anything but white space follows. */
  end(): void {
    if (this.peek() !== -1) this.fail();
  }

  /** Gives each key of the object that is next, with its value next: it must be passed before the next key is taken. */
  *fields(): Generator<string, void> {
    this.expect(OPEN_OBJECT);
    if (this.take(CLOSE_OBJECT)) return;
    do {
      const key = this.key();
      this.expect(COLON);
      yield key;
    } while (this.take(COMMA));
    this.expect(CLOSE_OBJECT);
  }

  /** Gives the index of each entry of the list that is next, with the entry next: it must be passed. */
  *entries(): Generator<number, void> {
    this.expect(OPEN_LIST);
    if (this.take(CLOSE_LIST)) return;
    let i = 0;
    do yield i++;
    while (this.take(COMMA));
    this.expect(CLOSE_LIST);
  }

  /** Passes a string and gives it without its quotes. For names of fields. */
  key(): string {
    if (this.peek() !== QUOTE) this.fail();
    const bytes = this.#bytes;
    const from = this.#at + 1;
    let hash = 0;
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte === BACKSLASH || byte < 0x20) break;
      if (byte !== QUOTE) {
        hash = (Math.imul(hash, 31) + byte) | 0;
        continue;
      }
      const known = this.#names.get(hash);
      if (known === undefined || !isAt(known.bytes, bytes, from, i)) break;
      this.#at = i + 1;
      return known.text;
    }
    return this.#newKey(hash);
  }

  #newKey(hash: number): string {
    const start = this.offset;
    const kept = this.keepFrom;
    this.keepFrom = Math.min(kept, start);
    this.#string(LONGEST_KEY);
    const bytes = Buffer.from(this.#bytes.subarray(start - this.#base + 1, this.#at - 1));
    this.keepFrom = kept;
    const raw = bytes.toString('utf8');
    if (/[\\\u0000-\u001f]/.test(raw)) {
      const text = `"${raw}"`;
      const error = jsonErrorPosition(text);
      if (error >= 0) throw new JsonSyntaxError(start + Buffer.byteLength(text.slice(0, error)));
      return JSON.parse(text) as string;
    }
    if (this.#names.size < NAMES) this.#names.set(hash, { text: raw, bytes });
    return raw;
  }

  /** Passes a value. */
  value(): void {
    const byte = this.peek();
    if (byte === QUOTE) this.#string(Number.POSITIVE_INFINITY);
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#container();
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a)) this.#scalar();
    else this.fail();
  }

  #string(limit: number): void {
    const start = this.offset;
    this.#at++;
    for (;;) {
      const end = this.#bytes.indexOf(QUOTE, this.#at);
      if (end < 0) {
        if (this.offset - start > limit) throw new JsonSyntaxError(start);
        // an escape may be cut by the end of the chunk: it stays, to be seen whole
        const kept = this.#backslashes(this.#bytes.length);
        this.#at = this.#bytes.length - kept;
        if (!this.#more()) {
          this.#at = this.#bytes.length;
          this.fail();
        }
      } else {
        const escaped = this.#backslashes(end) % 2 === 1;
        this.#at = end + 1;
        if (!escaped) return;
      }
    }
  }

  /** Backslashes in front of a place, back to where the scan is. */
  #backslashes(end: number): number {
    let n = 0;
    while (end - n > this.#at && this.#bytes[end - 1 - n] === BACKSLASH) n++;
    return n;
  }

  #container(): void {
    const inMemory = this.#file === undefined;
    let depth = 0;
    for (;;) {
      const bytes = this.#bytes;
      const end = bytes.length;
      let at = this.#at;
      let inString = false;
      for (; at < end; at++) {
        const byte = bytes[at] as number;
        // digits and commas are most of it
        if (byte === QUOTE) {
          inString = true;
          break;
        }
        if (byte < 0x41) continue;
        if (byte < OPEN_LIST) {
          if (inMemory && (byte === 0x4e || byte === 0x49)) throw new JsonSyntaxError(at); // of NaN or Infinity
        } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
        else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) {
          this.#at = at + 1;
          return;
        }
      }
      this.#at = at;
      if (inString) this.#string(Number.POSITIVE_INFINITY);
      else if (!this.#more()) this.fail();
    }
  }

  #scalar(): void {
    const start = this.#at;
    this.#toDelimiter();
    if (this.#file !== undefined) return;
    const word = this.#bytes.toString('latin1', start, this.#at);
    if (!/^(?:-?\d[\d.eE+-]*|true|false|null)$/.test(word)) throw new JsonSyntaxError(start);
  }

  #toDelimiter(): void {
    for (;;) {
      while (this.#at < this.#bytes.length) {
        const byte = this.#bytes[this.#at] as number;
        if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || byte <= 0x20) return;
        this.#at++;
      }
      if (!this.#more()) return;
    }
  }

  /** Reads on; false at the end of the file. What was passed is let go, but for what is kept. */
  #more(): boolean {
    if (this.#ended || this.#file === undefined) return false;
    const from = Math.min(this.#at, this.keepFrom - this.#base);
    const kept = this.#bytes.length - from;
    const room = this.#room.length >= 2 * kept ? this.#room : Buffer.allocUnsafe(Math.max(this.#chunk, 4 * kept));
    this.#bytes.copy(room, 0, from); // in one buffer, too, copies what overlaps rightly
    const read = readSync(this.#file, room, kept, room.length - kept, null);
    this.#room = room;
    this.#bytes = room.subarray(0, kept + read);
    this.#base += from;
    this.#at -= from;
    this.#ended = read === 0;
    return read > 0;
  }
}

/** Whether the bytes from `from` to `end` are these. A call of Buffer.compare takes longer for ten of them. */
function isAt(name: Buffer, bytes: Buffer, from: number, end: number): boolean {
  if (name.length !== end - from) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[from + i]) return false;
  return true;
}
