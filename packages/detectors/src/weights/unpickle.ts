/**
 * Python's pickle format, restricted: builds numbers, strings, lists, tuples, dicts and what `globals` allows, and runs nothing.
 * A pickle is a program that may call any Python function; here a function is only ever a key that is looked up in a table
 * of ours, and one that is not in it ends the reading with its name.
 *
 * Dicts become Maps, sets Sets, tuples and lists arrays, `None` null, bytes Uint8Array, whole numbers `number`, or bigint beyond 2^53.
 * What a pickle builds may contain itself and may share parts: nobody may walk through it without a limit.
 */
import { decodeUtf8, latin1 } from './text.ts';

export type Pickled = unknown;

/** What a global stands for when the pickle calls it. */
export type Constructor = (args: Pickled[]) => Pickled;

/** A global that a pickle names but does not call (a storage type), or one that it calls. */
export class Global {
  readonly name: string;
  readonly construct: Constructor | undefined;
  constructor(name: string, construct?: Constructor) {
    this.name = name;
    this.construct = construct;
  }
}

/**
 * What a pickle may make of its bytes. A checkpoint of 10,000 tensors takes 300,000 steps and 60,000 containers; a file of a megabyte
 * that asks for a million dicts would take 200 MB.
 */
const MOST = { steps: 5_000_000, containers: 500_000, digits: 256 };

export interface UnpickleOptions {
  /** Looks `module.name` up. Throws for what is not allowed. */
  readonly find: (name: string) => Global;
  /** Resolves a persistent id. */
  readonly load?: (id: Pickled) => Pickled;
  /** Named in errors. */
  readonly source: string;
}

export interface Unpickled {
  readonly value: Pickled;
  /** Where the pickle ended. */
  readonly end: number;
}

const MARK = Symbol('mark');

/** How many values a constructor would copy. */
const lengthOf = (value: unknown): number => {
  if (value instanceof Map || value instanceof Set) return value.size;
  return typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array ? value.length : 0;
};

/** @throws with the source named, if the pickle is cut off, damaged, or asks for anything that is not allowed */
export function unpickle(bytes: Uint8Array, start: number, { find, load, source }: UnpickleOptions): Unpickled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = start;
  let containers = 0;
  let copied = 0;

  const fail = (what: string): never => {
    throw new Error(`${source}: ${what}`);
  };
  const damaged = (): never => fail(`not a readable pickle, or cut off (at byte ${at}).`);
  const take = (count: number): number => {
    const from = at;
    if (!(count >= 0) || from + count > bytes.length) damaged();
    at = from + count;
    return from;
  };
  const chunk = (count: number): Uint8Array => {
    const from = take(count);
    return bytes.subarray(from, from + count);
  };
  const u8 = (): number => bytes[take(1)]!;
  const u16 = (): number => view.getUint16(take(2), true);
  const u32 = (): number => view.getUint32(take(4), true);
  const i32 = (): number => view.getInt32(take(4), true);
  const u64 = (): number => Number(view.getBigUint64(take(8), true));
  const text = (part: Uint8Array): string => {
    try {
      return decodeUtf8(part);
    } catch {
      return latin1(part); // of Python 2, one byte a character
    }
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) damaged();
    const part = chunk(end - at);
    at++;
    return text(part);
  };
  const number = (n: number): number => (Number.isSafeInteger(n) ? n : fail(`the whole number ${n} is too large.`));
  /** A little-endian two's complement number of any length. */
  const long = (count: number): number | bigint => {
    if (count > MOST.digits) fail(`a whole number of ${count} bytes in the pickle is too large.`);
    const part = chunk(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(part[i]!);
    if (count > 0 && part[count - 1]! >= 0x80) value -= 1n << BigInt(8 * count);
    // torch's own magic number is larger than 2^53
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };
  const pop = (): unknown => {
    if (stack.length === 0) damaged();
    const value = stack.pop();
    return value === MARK ? damaged() : value;
  };
  const top = (): unknown => {
    const value = stack.length > 0 ? stack[stack.length - 1] : MARK;
    return value === MARK ? damaged() : value;
  };
  const popMark = (): unknown[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) damaged();
    const items = stack.splice(mark);
    items.shift();
    return items;
  };
  const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : damaged());
  const dict = (value: unknown): Map<unknown, unknown> => (value instanceof Map ? value : damaged());
  const setItems = (target: Map<unknown, unknown>, items: unknown[]): void => {
    if (items.length % 2 !== 0) damaged();
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
  };
  const recall = (key: number): unknown => (memo.has(key) ? memo.get(key) : damaged());
  const call = (callee: unknown, args: unknown[]): unknown => {
    if (!(callee instanceof Global)) return damaged();
    if (!callee.construct) return fail(`the pickle calls ${callee.name}, which is not allowed.`);
    // what is written once may be copied once: a pickle that copies one large dict again and again would take all memory
    copied += lengthOf(args[0]);
    if (copied > bytes.length)
      fail('the pickle copies its own values again and again; torch.save writes no such file.');
    return container(callee.construct(args));
  };
  const container = <T>(value: T): T => {
    if (++containers > MOST.containers) fail(`the pickle has more than ${MOST.containers} objects.`);
    return value;
  };

  for (let step = 0; ; step++) {
    if (step > MOST.steps) fail(`the pickle has more than ${MOST.steps} steps.`);
    const op = u8();
    switch (op) {
      case 0x80: // PROTO
        if (u8() > 5) fail('the pickle protocol is newer than 5.');
        break;
      case 0x95: // FRAME
        take(8);
        break;
      case 0x2e: // STOP
        return { value: pop(), end: at };
      case 0x28: // MARK
        stack.push(MARK);
        break;
      case 0x30: // POP
        if (stack.length === 0) damaged();
        stack.pop();
        break;
      case 0x31: // POP_MARK
        popMark();
        break;
      case 0x32: // DUP
        stack.push(top());
        break;
      case 0x4e: // NONE
        stack.push(null);
        break;
      case 0x88: // NEWTRUE
        stack.push(true);
        break;
      case 0x89: // NEWFALSE
        stack.push(false);
        break;
      case 0x49: {
        // INT, where 00 and 01 are the booleans of protocol 0
        const digits = line();
        stack.push(digits === '00' ? false : digits === '01' ? true : number(Number(digits)));
        break;
      }
      case 0x4c: // LONG
        stack.push(number(Number(line().replace(/L$/, ''))));
        break;
      case 0x4a: // BININT
        stack.push(i32());
        break;
      case 0x4b: // BININT1
        stack.push(u8());
        break;
      case 0x4d: // BININT2
        stack.push(u16());
        break;
      case 0x8a: // LONG1
        stack.push(long(u8()));
        break;
      case 0x8b: // LONG4
        stack.push(long(u32()));
        break;
      case 0x46: // FLOAT
        stack.push(Number(line()));
        break;
      case 0x47: // BINFLOAT, the only big-endian one
        stack.push(view.getFloat64(take(8), false));
        break;
      case 0x53: // STRING, quoted
        stack.push(line().replace(/^(['"])(.*)\1$/s, '$2'));
        break;
      case 0x54: // BINSTRING
      case 0x58: // BINUNICODE
        stack.push(text(chunk(u32())));
        break;
      case 0x55: // SHORT_BINSTRING
      case 0x8c: // SHORT_BINUNICODE
        stack.push(text(chunk(u8())));
        break;
      case 0x56: // UNICODE
        stack.push(line().replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))));
        break;
      case 0x8d: // BINUNICODE8
        stack.push(text(chunk(u64())));
        break;
      case 0x42: // BINBYTES
        stack.push(chunk(u32()));
        break;
      case 0x43: // SHORT_BINBYTES
        stack.push(chunk(u8()));
        break;
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        stack.push(chunk(u64()));
        break;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push(container([]));
        break;
      case 0x6c: // LIST
      case 0x74: // TUPLE
        stack.push(container(popMark()));
        break;
      case 0x85: // TUPLE1
        stack.push(container([pop()]));
        break;
      case 0x86: {
        // TUPLE2
        const second = pop();
        stack.push(container([pop(), second]));
        break;
      }
      case 0x87: {
        // TUPLE3
        const third = pop();
        const second = pop();
        stack.push(container([pop(), second, third]));
        break;
      }
      case 0x61: {
        // APPEND
        const item = pop();
        array(top()).push(item);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = popMark();
        const target = array(top());
        for (const item of items) target.push(item);
        break;
      }
      case 0x7d: // EMPTY_DICT
        stack.push(container(new Map()));
        break;
      case 0x8f: // EMPTY_SET
        stack.push(container(new Set()));
        break;
      case 0x90: {
        // ADDITEMS
        const items = popMark();
        const target = top();
        if (!(target instanceof Set)) return damaged();
        for (const item of items) target.add(item);
        break;
      }
      case 0x64: {
        // DICT
        const map = container(new Map<unknown, unknown>());
        setItems(map, popMark());
        stack.push(map);
        break;
      }
      case 0x73: {
        // SETITEM
        const value = pop();
        const key = pop();
        dict(top()).set(key, value);
        break;
      }
      case 0x75: {
        // SETITEMS
        const items = popMark();
        setItems(dict(top()), items);
        break;
      }
      case 0x67: // GET
        stack.push(recall(Number(line())));
        break;
      case 0x68: // BINGET
        stack.push(recall(u8()));
        break;
      case 0x6a: // LONG_BINGET
        stack.push(recall(u32()));
        break;
      case 0x70: // PUT
        memo.set(Number(line()), top());
        break;
      case 0x71: // BINPUT
        memo.set(u8(), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(u32(), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x63: {
        // GLOBAL
        const module = line();
        stack.push(find(`${module}.${line()}`));
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const name = pop();
        const module = pop();
        if (typeof name !== 'string' || typeof module !== 'string') return damaged();
        stack.push(find(`${module}.${name}`));
        break;
      }
      case 0x52: {
        // REDUCE
        const args = array(pop());
        stack.push(call(pop(), args));
        break;
      }
      case 0x81: {
        // NEWOBJ
        const args = array(pop());
        stack.push(call(pop(), args));
        break;
      }
      case 0x62: // BUILD sets attributes; what is allowed here has none that matter (a state dict's `_metadata`)
        pop();
        break;
      case 0x51: // BINPERSID
        if (!load) fail('the pickle refers to data outside of it.');
        stack.push(load!(pop()));
        break;
      default:
        fail(
          `not a readable pickle: opcode 0x${op.toString(16).padStart(2, '0')} at byte ${at - 1} is not allowed here.`,
        );
    }
  }
}
