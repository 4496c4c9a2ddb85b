/**
 * The opcodes of pickle protocols 0 to 5 by their names in Python's Lib/pickletools.py: each reads its argument and
 * works on the machine's stack. What only pickles of Python's own classes have is left out.
 */
import type { PickleMachine } from './pickle-machine.ts';
import {
  bytes,
  decimal,
  decimalLong,
  decimalOrBoolean,
  f64,
  i32,
  line,
  long,
  text,
  u16,
  u32,
  u64,
  u8,
} from './pickle-reader.ts';
import type { Read } from './pickle-reader.ts';

type Opcode = (machine: PickleMachine) => void;

/** Reads an argument and acts on it. */
const reading =
  <A>(read: Read<A>, act: (machine: PickleMachine, argument: A) => void): Opcode =>
  (machine) =>
    act(machine, read(machine.reader));
const value = (read: Read<unknown>): Opcode => reading(read, (machine, argument) => machine.push(argument));
const container =
  (build: (machine: PickleMachine) => unknown): Opcode =>
  (machine) =>
    machine.push(machine.container(build(machine)));
/** Adds items to the container that lies under them on the stack. */
const add =
  (pop: (machine: PickleMachine) => unknown[], fill: (container: unknown, items: unknown[]) => boolean): Opcode =>
  (machine) => {
    const items = pop(machine);
    if (!fill(machine.top(), items)) machine.reader.damaged();
  };

const checkVersion = (machine: PickleMachine, version: number): void => {
  if (version > 5) machine.reader.fail('the pickle protocol is newer than 5.');
};
const quoted: Read<string> = (from) => line(from).replace(/^(['"])(.*)\1$/s, '$2');
const escaped: Read<string> = (from) =>
  line(from).replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

const marked = (machine: PickleMachine): unknown[] => machine.popMark();
const last =
  (count: number) =>
  (machine: PickleMachine): unknown[] =>
    machine.popLast(count);

const fillList = (list: unknown, items: unknown[]): boolean => {
  if (!Array.isArray(list)) return false;
  for (const item of items) list.push(item);
  return true;
};
const fillSet = (set: unknown, items: unknown[]): boolean => {
  if (!(set instanceof Set)) return false;
  for (const item of items) set.add(item);
  return true;
};
const fillDict = (dict: unknown, items: unknown[]): boolean => {
  if (!(dict instanceof Map) || items.length % 2 !== 0) return false;
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  return true;
};

const dictOf = (machine: PickleMachine): Map<unknown, unknown> => {
  const dict = new Map<unknown, unknown>();
  return fillDict(dict, machine.popMark()) ? dict : machine.reader.damaged();
};

/** Ends a pickle; the value is the top of the stack. */
export const STOP = 0x2e;

const NAMED: Record<string, readonly [code: number, run: Opcode]> = {
  PROTO: [0x80, reading(u8, checkVersion)],
  FRAME: [0x95, reading(u64, () => {})],

  // the stack
  MARK: [0x28, (machine) => machine.mark()],
  POP: [0x30, (machine) => machine.drop()],
  POP_MARK: [0x31, marked],
  DUP: [0x32, (machine) => machine.push(machine.top())],

  // constants and numbers
  NONE: [0x4e, value(() => null)],
  NEWTRUE: [0x88, value(() => true)],
  NEWFALSE: [0x89, value(() => false)],
  INT: [0x49, value(decimalOrBoolean)],
  LONG: [0x4c, value(decimalLong)],
  BININT: [0x4a, value(i32)],
  BININT1: [0x4b, value(u8)],
  BININT2: [0x4d, value(u16)],
  LONG1: [0x8a, value(long(u8))],
  LONG4: [0x8b, value(long(u32))],
  FLOAT: [0x46, value(decimal)],
  BINFLOAT: [0x47, value(f64)],

  // texts and bytes
  STRING: [0x53, value(quoted)],
  BINSTRING: [0x54, value(text(u32))],
  SHORT_BINSTRING: [0x55, value(text(u8))],
  UNICODE: [0x56, value(escaped)],
  BINUNICODE: [0x58, value(text(u32))],
  SHORT_BINUNICODE: [0x8c, value(text(u8))],
  BINUNICODE8: [0x8d, value(text(u64))],
  BINBYTES: [0x42, value(bytes(u32))],
  SHORT_BINBYTES: [0x43, value(bytes(u8))],
  BINBYTES8: [0x8e, value(bytes(u64))],
  BYTEARRAY8: [0x96, value(bytes(u64))],

  // tuples, lists, sets and dicts
  EMPTY_TUPLE: [0x29, container(() => [])],
  TUPLE: [0x74, container(marked)],
  TUPLE1: [0x85, container(last(1))],
  TUPLE2: [0x86, container(last(2))],
  TUPLE3: [0x87, container(last(3))],
  EMPTY_LIST: [0x5d, container(() => [])],
  LIST: [0x6c, container(marked)],
  APPEND: [0x61, add(last(1), fillList)],
  APPENDS: [0x65, add(marked, fillList)],
  EMPTY_SET: [0x8f, container(() => new Set())],
  ADDITEMS: [0x90, add(marked, fillSet)],
  EMPTY_DICT: [0x7d, container(() => new Map())],
  DICT: [0x64, container(dictOf)],
  SETITEM: [0x73, add(last(2), fillDict)],
  SETITEMS: [0x75, add(marked, fillDict)],

  // the memo
  GET: [0x67, reading(decimal, (machine, key) => machine.recall(key))],
  BINGET: [0x68, reading(u8, (machine, key) => machine.recall(key))],
  LONG_BINGET: [0x6a, reading(u32, (machine, key) => machine.recall(key))],
  PUT: [0x70, reading(decimal, (machine, key) => machine.remember(key))],
  BINPUT: [0x71, reading(u8, (machine, key) => machine.remember(key))],
  LONG_BINPUT: [0x72, reading(u32, (machine, key) => machine.remember(key))],
  MEMOIZE: [0x94, (machine) => machine.remember()],

  // what is outside of the pickle
  GLOBAL: [0x63, (machine) => machine.find([line(machine.reader), line(machine.reader)])],
  STACK_GLOBAL: [0x93, (machine) => machine.find(machine.popLast(2))],
  REDUCE: [0x52, (machine) => machine.call()],
  NEWOBJ: [0x81, (machine) => machine.call()],
  BINPERSID: [0x51, (machine) => machine.load()],
  // sets attributes; what is allowed here has none that matter (a state dict's `_metadata`)
  BUILD: [0x62, (machine) => machine.pop()],
};

export const OPCODES: ReadonlyMap<number, Opcode> = new Map(Object.values(NAMED));
