/**
 * What pickles write after their opcodes: little-endian numbers, texts and bytes with their length before them, lines
 * of protocol 0.
 */
import { decodeUtf8, latin1 } from './text.ts';

/** Bytes that a whole number may have. */
const MOST_DIGITS = 256;

export class PickleReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The next byte to be read. */
  at: number;
  readonly #source: string;

  /** @param source named in errors */
  constructor(bytes: Uint8Array, start: number, source: string) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = start;
    this.#source = source;
  }
  /** @returns where the `count` next bytes start, which are read now */
  take(count: number): number {
    const from = this.at;
    if (!(count >= 0) || from + count > this.bytes.length) this.damaged();
    this.at = from + count;
    return from;
  }
  fail(what: string): never {
    throw new Error(`${this.#source}: ${what}`);
  }
  damaged(): never {
    return this.fail(`not a readable pickle, or cut off (at byte ${this.at}).`);
  }
}

export type Read<A> = (from: PickleReader) => A;

export const u8: Read<number> = (from) => from.view.getUint8(from.take(1));
export const u16: Read<number> = (from) => from.view.getUint16(from.take(2), true);
export const u32: Read<number> = (from) => from.view.getUint32(from.take(4), true);
export const i32: Read<number> = (from) => from.view.getInt32(from.take(4), true);
export const u64: Read<number> = (from) => Number(from.view.getBigUint64(from.take(8), true));
/** The only big-endian one. */
export const f64: Read<number> = (from) => from.view.getFloat64(from.take(8), false);

export const bytes = (length: Read<number>): Read<Uint8Array> => {
  return (from) => {
    const count = length(from);
    const start = from.take(count);
    return from.bytes.subarray(start, start + count);
  };
};

export const text = (length: Read<number>): Read<string> => {
  const read = bytes(length);
  return (from) => {
    const part = read(from);
    try {
      return decodeUtf8(part);
    } catch {
      return latin1(part); // of Python 2, one byte a character
    }
  };
};

/** A two's complement number of any length. */
export const long = (length: Read<number>): Read<number | bigint> => {
  const digits = bytes((from) => {
    const count = length(from);
    return count > MOST_DIGITS ? from.fail(`a whole number of ${count} bytes in the pickle is too large.`) : count;
  });
  return (from) => {
    const part = digits(from);
    const unsigned = part.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const value = BigInt.asIntN(8 * part.length, unsigned);
    // torch's own magic number is larger than 2^53
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
};

const upToLineEnd = text((from) => {
  const end = from.bytes.indexOf(10, from.at);
  return end < 0 ? from.damaged() : end - from.at;
});
export const line: Read<string> = (from) => {
  const read = upToLineEnd(from);
  from.take(1);
  return read;
};

export const decimal: Read<number> = (from) => Number(line(from));
const whole = (digits: string, from: PickleReader): number => {
  const n = Number(digits);
  return Number.isSafeInteger(n) ? n : from.fail(`the whole number ${n} is too large.`);
};
export const decimalLong: Read<number> = (from) => whole(line(from).replace(/L$/, ''), from);
/** 00 and 01 are the booleans of protocol 0. */
export const decimalOrBoolean: Read<number | boolean> = (from) => {
  const digits = line(from);
  return digits === '00' ? false : digits === '01' ? true : whole(digits, from);
};
