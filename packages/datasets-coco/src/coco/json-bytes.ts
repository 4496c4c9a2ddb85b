import { closeSync, openSync, readSync } from 'node:fs';
import { jsonErrorPosition } from './json-error.ts';

/** Bytes read at a time. */
const CHUNK = 4 * 2 ** 20;

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
 * Steps through the bytes of a JSON file of any size, a few megabytes of it in memory. Values that are stepped over are looked at for
 * brackets and strings only. What was marked stays in memory, to be copied.
 */
export class JsonBytes {
  #bytes = Buffer.alloc(0);
  /** Where `#bytes` begins in the file. */
  #base = 0;
  #at = 0;
  #mark = -1;
  #ended = false;
  readonly #file: number;
  readonly #chunk: number;

  constructor(path: string, chunk = CHUNK) {
    this.#chunk = chunk;
    this.#file = openSync(path, 'r');
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Offset in the file. */
  get offset(): number {
    return this.#base + this.#at;
  }

  /** From here on bytes are kept until the mark is moved. */
  mark(): void {
    this.#mark = this.#at;
  }

  unmark(): void {
    this.#mark = -1;
  }

  /** How many bytes have passed since the mark. */
  get marked(): number {
    return this.#at - this.#mark;
  }

  /** Copies what has passed since the mark. */
  copyMarked(to: Buffer, at: number): number {
    return this.#bytes.copy(to, at, this.#mark, this.#at);
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

  /** Passes a string and gives its bytes without the quotes, as text. For keys: longer ones than `limit` are an error. */
  key(limit: number): string {
    if (this.peek() !== QUOTE) this.fail();
    const start = this.offset;
    this.mark();
    this.#string(limit);
    const raw = this.#bytes.toString('utf8', this.#mark + 1, this.#at - 1);
    this.unmark();
    // escapes and control characters: nearly no key has any
    if (!/[\\\u0000-\u001f]/.test(raw)) return raw;
    const text = `"${raw}"`;
    const error = jsonErrorPosition(text);
    if (error >= 0) throw new JsonSyntaxError(start + Buffer.byteLength(text.slice(0, error)));
    return JSON.parse(text) as string;
  }

  /** Passes a value. */
  value(): void {
    const byte = this.peek();
    if (byte === QUOTE) this.#string(Number.POSITIVE_INFINITY);
    else if (byte === 0x7b || byte === 0x5b) this.#container();
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
    let depth = 0;
    for (;;) {
      const bytes = this.#bytes;
      const end = bytes.length;
      let at = this.#at;
      let inString = false;
      for (; at < end; at++) {
        const byte = bytes[at] as number;
        // letters, digits and commas are most of it
        if (byte === QUOTE) {
          inString = true;
          break;
        }
        if (byte < 0x5b) continue;
        if (byte === 0x7b || byte === 0x5b) depth++;
        else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) {
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
    for (;;) {
      while (this.#at < this.#bytes.length) {
        const byte = this.#bytes[this.#at] as number;
        if (byte === 0x2c || byte === 0x7d || byte === 0x5d || byte <= 0x20) return;
        this.#at++;
      }
      if (!this.#more()) return;
    }
  }

  /** Reads on; false at the end of the file. What was passed is let go, but for what was marked. */
  #more(): boolean {
    if (this.#ended) return false;
    const from = this.#mark >= 0 ? this.#mark : this.#at;
    const kept = this.#bytes.length - from;
    const next = Buffer.allocUnsafe(Math.max(this.#chunk, 2 * kept));
    this.#bytes.copy(next, 0, from);
    const read = readSync(this.#file, next, kept, next.length - kept, null);
    this.#bytes = next.subarray(0, kept + read);
    this.#base += from;
    this.#at -= from;
    if (this.#mark >= 0) this.#mark = 0;
    this.#ended = read === 0;
    return read > 0;
  }
}
