/** The product of matrices at the bottom of `convolution.ts`, in WebAssembly with SIMD. See `Loops` in `simd.ts`. */
import { advance, BYTES, bytesOf, f32x4, get, i32, range, set, v128, wasmFunction, whileTrue } from './assembler.ts';
import type { Code, Variable } from './assembler.ts';

/**
 * Rows of a tile of products; with two vectors of columns its sums stay in registers (three reach 35 GFLOP/s, two 55).
 */
const ROWS = 4;

export const addProducts = wasmFunction(
  {
    ...({ a: 'i32', aStride: 'i32', aStep: 'i32', b: 'i32', bStep: 'i32', out: 'i32', outStride: 'i32' } as const),
    ...({ rows: 'i32', columns: 'i32', depth: 'i32' } as const),
  },
  {
    ...({ end: 'i32', left: 'i32', aAt: 'i32', bAt: 'i32', last: 'i32', to: 'i32' } as const),
    ...({ a0: 'i32', a1: 'i32', a2: 'i32', a3: 'i32', factor: 'v128', b0: 'v128', b1: 'v128' } as const),
    ...({ sum0: 'v128', sum1: 'v128', sum2: 'v128', sum3: 'v128' } as const),
    ...({ sum4: 'v128', sum5: 'v128', sum6: 'v128', sum7: 'v128' } as const),
  },
  (v) => {
    /** A tile of `count` rows by `vectors` vectors of columns, or by one column; then on by as many rows. */
    const tile = (count: number, vectors: number): Code[] => {
      const [width, load, store] = vectors > 0 ? [vectors, v128.load, v128.store] : [1, v128.loadOne, v128.storeOne];
      const sum = (i: number, j: number): Variable => v.sum0 + i * width + j;
      return [
        ...range(count * width).map((i) => set(v.sum0 + i, v128.zero)),
        ...range(count).flatMap((i) => [set(v.a0 + i, get(v.aAt)), advance(v.aAt, get(v.aStride))]),
        set(v.bAt, get(v.b)),
        whileTrue(i32.lessUnsigned(get(v.bAt), get(v.last)), [
          ...range(width).map((j) => set(v.b0 + j, load(get(v.bAt), BYTES * j))),
          ...range(count).flatMap((i) => [
            set(v.factor, v128.loadSplat(get(v.a0 + i))),
            ...range(width).map((j) =>
              set(sum(i, j), f32x4.add(get(sum(i, j)), f32x4.multiply(get(v.factor), get(v.b0 + j)))),
            ),
            advance(v.a0 + i, get(v.aStep)),
          ]),
          advance(v.bAt, get(v.bStep)),
        ]),
        ...range(count).flatMap((i) => [
          ...range(width).map((j) =>
            store(get(v.to), f32x4.add(load(get(v.to), BYTES * j), get(sum(i, j))), BYTES * j),
          ),
          advance(v.to, get(v.outStride)),
        ]),
        advance(v.left, -count),
      ];
    };
    return [
      set(v.end, i32.add(get(v.b), bytesOf(v.columns))),
      ...[2, 1, 0].map((vectors) => {
        const bytes = vectors > 0 ? BYTES * vectors : 4;
        return whileTrue(i32.lessUnsigned(i32.add(get(v.b), i32.const(bytes - 1)), get(v.end)), [
          set(v.left, get(v.rows)),
          set(v.aAt, get(v.a)),
          set(v.to, get(v.out)),
          set(v.last, i32.add(get(v.b), i32.multiply(get(v.depth), get(v.bStep)))),
          whileTrue(i32.lessUnsigned(i32.const(ROWS - 1), get(v.left)), tile(ROWS, vectors)),
          whileTrue(i32.lessUnsigned(i32.const(0), get(v.left)), tile(1, vectors)),
          advance(v.b, bytes),
          advance(v.out, bytes),
        ]);
      }),
    ];
  },
);
