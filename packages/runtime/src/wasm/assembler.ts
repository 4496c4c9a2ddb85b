/**
 * Writes WebAssembly modules: just the instructions of `simd.ts`, as functions that nest like the expressions they
 * stand for. A kernel's source is thus TypeScript, built and tested like the rest, and its bytes are made when the
 * backend starts. Encodings: https://webassembly.github.io/spec/core/binary/instructions.html
 */

/** Bytes of instructions, which leave on the stack what they stand for. */
export type Code = readonly number[];

export type ValueType = 'i32' | 'f32' | 'v128';
const TYPES: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** A parameter or a local variable: its number. */
export type Variable = number;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const last = rest >= -64 && rest < 64;
    bytes.push((rest & 0x7f) | (last ? 0 : 0x80));
    if (last) return bytes;
  }
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** What follows a load or a store: the alignment promised (4 bytes) and the offset in bytes. */
const at = (offset: number): number[] => [2, ...unsigned(offset)];
const binary =
  (...opcode: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];
const unary =
  (...opcode: number[]) =>
  (a: Code): Code => [...a, ...opcode];

export const get = (variable: Variable): Code => [0x20, ...unsigned(variable)];
export const set = (variable: Variable, value: Code): Code => [...value, 0x21, ...unsigned(variable)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary(0x6a),
  multiply: binary(0x6c),
  lessUnsigned: binary(0x49),
};

export const v128 = {
  zero: [...simd(12), ...Array.from({ length: 16 }, () => 0)] as Code,
  and: binary(...simd(78)),
  /** Sixteen bytes at an address. */
  load: (address: Code, offset = 0): Code => [...address, ...simd(0), ...at(offset)],
  /** Four bytes at an address, four times. */
  loadSplat: (address: Code, offset = 0): Code => [...address, ...simd(9), ...at(offset)],
  /** Four bytes at an address, zeros above. */
  loadOne: (address: Code, offset = 0): Code => [...address, ...simd(92), ...at(offset)],
  /** Eight bytes at an address, zeros above. */
  loadLow: (address: Code, offset = 0): Code => [...address, ...simd(93), ...at(offset)],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(11), ...at(offset)],
  /** The lowest four bytes. */
  storeOne: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(90), ...at(offset), 0],
  /** The lower eight bytes. */
  storeLow: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(91), ...at(offset), 0],
};

export const f32x4 = {
  splat: unary(...simd(19)),
  less: binary(...simd(67)),
  greater: binary(...simd(68)),
  minimum: binary(...simd(232)),
  maximum: binary(...simd(233)),
  add: binary(...simd(228)),
  multiply: binary(...simd(230)),
};

export const f64x2 = {
  add: binary(...simd(240)),
  /** Of the lower two floats. */
  promote: unary(...simd(95)),
  /** Two floats, zeros above. */
  demote: unary(...simd(94)),
};

/** Adds a number of bytes, or another variable, to an address. */
export const advance = (address: Variable, by: number | Code): Code =>
  set(address, i32.add(get(address), typeof by === 'number' ? i32.const(by) : by));

/** Bytes of a vector. */
export const BYTES = 16;
/** Bytes of as many floats. */
export const bytesOf = (floats: Variable): Code => i32.multiply(get(floats), i32.const(4));
/** 0 to count - 1, for what is written out several times. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** `while (condition) body`. */
export const whileTrue = (condition: Code, body: readonly Code[]): Code => [
  ...[0x02, 0x40, 0x03, 0x40], // block, loop
  ...condition,
  ...[0x45, 0x0d, 1], // out of the block where it is 0
  ...body.flat(),
  ...[0x0c, 0, 0x0b, 0x0b], // the loop again; ends
];

/** A function without a result: the types of its parameters, then of its local variables, and its code. */
export interface WasmFunction {
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: Code;
}

/** @param body gets the numbers of parameters and locals by their names */
export function wasmFunction<P extends string, L extends string>(
  parameters: Readonly<Record<P, ValueType>>,
  locals: Readonly<Record<L, ValueType>>,
  body: (variables: Readonly<Record<P | L, Variable>>) => readonly Code[],
): WasmFunction {
  const names = [...Object.keys(parameters), ...Object.keys(locals)] as (P | L)[];
  const variables = Object.fromEntries(names.map((name, i) => [name, i])) as Record<P | L, Variable>;
  return { parameters: Object.values(parameters), locals: Object.values(locals), body: body(variables).flat() };
}

const vector = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const text = (name: string): number[] => vector([...name].map((letter) => [letter.charCodeAt(0)]));
const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content];
const typesOf = (types: readonly ValueType[]): number[] => vector(types.map((type) => [TYPES[type]]));

/** Pages of 64 KiB in 4 GiB, which a shared memory must declare as its most. */
const MOST_PAGES = 65536;

/**
 * A module of functions by name that work on an imported memory, `env.memory`.
 * @param shared whether that memory is shared between threads
 */
export function assemble(functions: Readonly<Record<string, WasmFunction>>, shared: boolean): Uint8Array<ArrayBuffer> {
  const all = Object.values(functions);
  const memory = shared ? [0x02, 0x03, 0, ...unsigned(MOST_PAGES)] : [0x02, 0x00, 0];
  const bodies = all.map(({ locals, body }) => {
    const code = [...vector(locals.map((type) => [1, TYPES[type]])), ...body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // \0asm, version 1
    ...section(1, vector(all.map(({ parameters }) => [0x60, ...typesOf(parameters), 0]))),
    ...section(2, vector([[...text('env'), ...text('memory'), ...memory]])),
    ...section(3, vector(all.map((_, i) => unsigned(i)))),
    ...section(7, vector(Object.keys(functions).map((name, i) => [...text(name), 0x00, ...unsigned(i)]))),
    ...section(10, vector(bodies)),
  ]);
}
