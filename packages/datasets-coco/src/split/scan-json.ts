/** A position of a JSON text, in bytes. */
export interface Span {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Walks the bytes of a JSON text without building its values: half a gigabyte of annotations is filtered by copying the bytes of
 * the records, which nothing can get lost from, where parsing would need gigabytes. Text that is no JSON is an Error, but not each
 * one is found: values that are stepped over are only looked at for brackets, strings and Python's NaN and Infinity.
 */
export class JsonScanner {
  readonly bytes: Uint8Array;
  /** Where it is. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** Calls `read` before the value of each key of the object here; `read` must step over the value. */
  object(read: (key: string) => void): void {
    this.#expect(OPEN_OBJECT, 'an object');
    if (this.#take(CLOSE_OBJECT)) return;
    do {
      const { start, end } = this.#string();
      this.#expect(COLON, "':'");
      this.#space();
      read(this.text({ start: start + 1, end: end - 1 }));
    } while (this.#take(COMMA));
    this.#expect(CLOSE_OBJECT, "',' or '}'");
  }

  /** Calls `read` before each value of the list here; `read` must step over the value. */
  list(read: () => void): void {
    this.#expect(OPEN_LIST, 'a list');
    if (this.#take(CLOSE_LIST)) return;
    do {
      this.#space();
      read();
    } while (this.#take(COMMA));
    this.#expect(CLOSE_LIST, "',' or ']'");
  }

  /** Steps over the value here. */
  value(): Span {
    this.#space();
    const start = this.at;
    const byte = this.bytes[start];
    if (byte === QUOTE) return this.#string();
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) this.#container();
    else {
      while (this.at < this.bytes.length && !isDelimiter(this.bytes[this.at] as number)) this.at++;
      if (!/^(?:-?\d[\d.eE+-]*|true|false|null)$/.test(this.text({ start, end: this.at })))
        this.#fail('a value', start);
    }
    return { start, end: this.at };
  }

  /** Whether the value here begins with this bracket, quote or letter. */
  startsWith(character: string): boolean {
    this.#space();
    return this.bytes[this.at] === character.charCodeAt(0);
  }

  /** Throws where anything but white space follows. */
  end(): void {
    this.#space();
    if (this.at < this.bytes.length) this.#fail('the end');
  }

  /** Bytes as text; exact for ASCII, which is what keys and numbers are. */
  text({ start, end }: Span): string {
    let text = '';
    for (let i = start; i < end; i++) text += String.fromCharCode(this.bytes[i] as number);
    return text;
  }

  #container(): void {
    const { bytes } = this;
    let depth = 0;
    for (; this.at < bytes.length; this.at++) {
      switch (bytes[this.at]) {
        case QUOTE:
          this.#string();
          this.at--;
          break;
        case OPEN_LIST:
        case OPEN_OBJECT:
          depth++;
          break;
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          if (--depth === 0) {
            this.at++;
            return;
          }
          break;
        case 0x4e: // N of NaN
        case 0x49: // I of Infinity
          this.#fail('a number');
      }
    }
    this.#fail('a closing bracket');
  }

  #string(): Span {
    this.#space();
    const start = this.at;
    if (this.bytes[start] !== QUOTE) this.#fail('a string');
    for (let end = start + 1; ; end++) {
      end = this.bytes.indexOf(QUOTE, end);
      if (end < 0) this.#fail('a closing quote', this.bytes.length);
      let escapes = 0;
      while (this.bytes[end - 1 - escapes] === BACKSLASH) escapes++;
      if (escapes % 2 === 1) continue;
      this.at = end + 1;
      return { start, end: this.at };
    }
  }

  #take(byte: number): boolean {
    this.#space();
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  #expect(byte: number, what: string): void {
    if (!this.#take(byte)) this.#fail(what);
  }

  #space(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }

  #fail(expected: string, at = this.at): never {
    throw new Error(`${expected} expected at byte ${at}`);
  }
}

const isDelimiter = (byte: number) => byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || byte <= 0x20;
