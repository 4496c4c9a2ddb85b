/**
 * The inner loops that take most of the time of the kernels in `heap.ts`, in WebAssembly with SIMD, on the memory of
 * tfjs's module.
 */
import {
  advance,
  assemble,
  BYTES,
  bytesOf,
  f32x4,
  f64x2,
  get,
  i32,
  range,
  set,
  v128,
  wasmFunction,
  whileTrue,
} from './assembler.ts';
import type { Code, Variable } from './assembler.ts';
import { addProducts } from './products.ts';
import type { TfjsModule, WasmBackend } from './backend.ts';
import type { Product } from './parts.ts';
import { ProductPool } from './pool.ts';
import { WebAssembly } from './webassembly.ts';

/** Floats of a vector. */
export const LANES = 4;

/** Addresses and strides in bytes; counts of floats, where `count` and `channels` are multiples of `LANES`. */
export interface Loops {
  /** out = dy where 0 < y < top, else 0. */
  activationGradient(dy: number, y: number, out: number, count: number, top: number): void;
  /** out[c] += Σ over `pixels` of x[c] · dy[c]: a tap of a depthwise filter's gradient over a row of the output. */
  multiplyAndSum(
    x: number,
    dy: number,
    out: number,
    pixels: number,
    channels: number,
    xStride: number,
    dyStride: number,
  ): void;
  /**
   * out[m, n] += Σ over `depth` of a[m, k] · b[k, n], for any number of `rows` m and `columns` n. The step is from one
   * k to the next, a stride from one row to the next; columns are neighbors. A sum is added as one: sums of sums round
   * less.
   */
  addProducts: (...product: Product) => void;
  /** Each of `rows` = bias. */
  fillRows(out: number, bias: number, rows: number, channels: number): void;
  /** out = out between 0 and top. */
  clamp(out: number, count: number, top: number): void;
  /** out[c] = Σ over `rows` of x[c], in double precision. */
  sumRows(x: number, out: number, rows: number, channels: number, stride: number): void;
}

const activationGradient = wasmFunction(
  { dy: 'i32', y: 'i32', out: 'i32', count: 'i32', top: 'f32' },
  { end: 'i32', limit: 'v128', value: 'v128' },
  ({ dy, y, out, count, top, end, limit, value }) => [
    set(end, i32.add(get(y), bytesOf(count))),
    set(limit, f32x4.splat(get(top))),
    whileTrue(i32.lessUnsigned(get(y), get(end)), [
      set(value, v128.load(get(y))),
      v128.store(
        get(out),
        v128.and(
          v128.load(get(dy)),
          v128.and(f32x4.greater(get(value), v128.zero), f32x4.less(get(value), get(limit))),
        ),
      ),
      ...[dy, y, out].map((address) => advance(address, BYTES)),
    ]),
  ],
);

/** `body` for as many channels as `vectors` hold, while there are that many from `out` to `end`; then on by them. */
function blocks(
  out: Variable,
  end: Variable,
  inputs: readonly Variable[],
  body: (vectors: number) => Code[],
): readonly Code[] {
  return [4, 1].map((vectors) =>
    whileTrue(i32.lessUnsigned(i32.add(get(out), i32.const(BYTES * vectors - 1)), get(end)), [
      ...body(vectors),
      ...[out, ...inputs].map((address) => advance(address, BYTES * vectors)),
    ]),
  );
}

const multiplyAndSum = wasmFunction(
  { x: 'i32', dy: 'i32', out: 'i32', pixels: 'i32', channels: 'i32', xStride: 'i32', dyStride: 'i32' },
  { end: 'i32', a: 'i32', b: 'i32', last: 'i32', sum0: 'v128', sum1: 'v128', sum2: 'v128', sum3: 'v128' },
  ({ x, dy, out, pixels, channels, xStride, dyStride, end, a, b, last, sum0 }) => [
    set(end, i32.add(get(out), bytesOf(channels))),
    ...blocks(out, end, [x, dy], (vectors) => [
      ...range(vectors).map((i) => set(sum0 + i, v128.zero)),
      set(a, get(x)),
      set(b, get(dy)),
      set(last, i32.add(get(dy), i32.multiply(get(pixels), get(dyStride)))),
      whileTrue(i32.lessUnsigned(get(b), get(last)), [
        ...range(vectors).map((i) =>
          set(
            sum0 + i,
            f32x4.add(get(sum0 + i), f32x4.multiply(v128.load(get(a), BYTES * i), v128.load(get(b), BYTES * i))),
          ),
        ),
        advance(a, get(xStride)),
        advance(b, get(dyStride)),
      ]),
      ...range(vectors).map((i) =>
        v128.store(get(out), f32x4.add(v128.load(get(out), BYTES * i), get(sum0 + i)), BYTES * i),
      ),
    ]),
  ],
);

const fillRows = wasmFunction(
  { out: 'i32', bias: 'i32', rows: 'i32', channels: 'i32' },
  { end: 'i32', from: 'i32', last: 'i32' },
  ({ out, bias, rows, channels, end, from, last }) => [
    set(end, i32.add(get(out), i32.multiply(get(rows), bytesOf(channels)))),
    set(last, i32.add(get(bias), bytesOf(channels))),
    whileTrue(i32.lessUnsigned(get(out), get(end)), [
      set(from, get(bias)),
      whileTrue(i32.lessUnsigned(get(from), get(last)), [
        v128.store(get(out), v128.load(get(from))),
        advance(from, BYTES),
        advance(out, BYTES),
      ]),
    ]),
  ],
);

const clamp = wasmFunction(
  { out: 'i32', count: 'i32', top: 'f32' },
  { end: 'i32', limit: 'v128' },
  ({ out, count, top, end, limit }) => [
    set(end, i32.add(get(out), bytesOf(count))),
    set(limit, f32x4.splat(get(top))),
    whileTrue(i32.lessUnsigned(get(out), get(end)), [
      v128.store(get(out), f32x4.minimum(f32x4.maximum(v128.load(get(out)), v128.zero), get(limit))),
      advance(out, BYTES),
    ]),
  ],
);

const sumRows = wasmFunction(
  { x: 'i32', out: 'i32', rows: 'i32', channels: 'i32', stride: 'i32' },
  {
    ...({ end: 'i32', a: 'i32', last: 'i32' } as const),
    ...({ sum0: 'v128', sum1: 'v128', sum2: 'v128', sum3: 'v128' } as const),
    ...({ sum4: 'v128', sum5: 'v128', sum6: 'v128', sum7: 'v128' } as const),
  },
  ({ x, out, rows, channels, stride, end, a, last, sum0 }) => [
    set(end, i32.add(get(out), bytesOf(channels))),
    ...blocks(out, end, [x], (vectors) => [
      ...range(2 * vectors).map((i) => set(sum0 + i, v128.zero)),
      set(a, get(x)),
      set(last, i32.add(get(x), i32.multiply(get(rows), get(stride)))),
      whileTrue(i32.lessUnsigned(get(a), get(last)), [
        ...range(2 * vectors).map((i) =>
          set(sum0 + i, f64x2.add(get(sum0 + i), f64x2.promote(v128.loadLow(get(a), 8 * i)))),
        ),
        advance(a, get(stride)),
      ]),
      ...range(2 * vectors).map((i) => v128.storeLow(get(out), f64x2.demote(get(sum0 + i)), 8 * i)),
    ]),
  ],
);

interface Compiled {
  readonly loops: Loops;
  pool: ProductPool;
  readonly startPool: (threads: number) => ProductPool;
}

const compiled = new WeakMap<TfjsModule, Compiled | null>();

/** The loops on the memory of a backend; undefined where WebAssembly has no SIMD. */
export function loopsOf(backend: WasmBackend): Loops | undefined {
  return compiledFor(backend)?.loops;
}

/** Has the products of a backend with a shared memory run on so many threads. @returns how to end them */
export function startProductThreads(backend: WasmBackend, threads: number): () => void {
  const found = compiledFor(backend);
  if (found === undefined) return () => {};
  const pool = (found.pool = found.startPool(threads));
  return () => pool.end();
}

/**
 * How to run a kernel's products, with so many multiplications: `add` each, then `finish`. For a WebAssembly with SIMD.
 */
export function productsOf(backend: WasmBackend, multiplications: number): ReturnType<ProductPool['begin']> {
  return compiledFor(backend)!.pool.begin(multiplications);
}

function compiledFor(backend: WasmBackend): Compiled | undefined {
  const module = backend.wasm;
  let found = compiled.get(module);
  if (found === undefined) compiled.set(module, (found = compile(module) ?? null));
  return found ?? undefined;
}

function compile({ wasmMemory, asm }: TfjsModule): Compiled | undefined {
  const memory = wasmMemory ?? asm?.memory;
  if (memory === undefined) return undefined;
  const functions = { activationGradient, multiplyAndSum, addProducts, fillRows, clamp, sumRows };
  const bytes = assemble(functions, wasmMemory !== undefined);
  if (!WebAssembly.validate(bytes)) return undefined;
  const module = new WebAssembly.Module(bytes);
  const loops = new WebAssembly.Instance(module, { env: { memory } }).exports as Loops;
  const startPool = (threads: number): ProductPool => new ProductPool(loops.addProducts, module, memory, threads);
  return { loops, pool: startPool(1), startPool };
}
