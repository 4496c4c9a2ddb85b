/**
 * How threads share a list of products of matrices: each takes parts, a part being a range of columns of all products.
 * What it needs of the right matrix stays in the cache, no two threads add to the same sums, and results are the same
 * bytes for any number of them.
 */

/** The arguments of `addProducts` of `simd.ts`, of which this is the function. */
export type Product = readonly [
  ...[a: number, aStride: number, aStep: number, b: number, bStep: number, out: number, outStride: number],
  ...[rows: number, columns: number, depth: number],
];
export type AddProducts = (...product: Product) => void;

/** Where in the numbers that the threads share is what; from `LIST` on the products, of `SIZE` numbers each. */
export const WAKE = 0;
export const TICKET = 1;
export const LIMIT = 2;
export const DONE = 3;
export const COUNT = 4;
export const LIST = 5;
export const SIZE = 10;

/**
 * Takes parts of the current list while there are any. A ticket is a list's number and a part's, 16 bits, so that one
 * that was taken late does not count for the next list.
 */
export function takeParts(state: Int32Array, addProducts: AddProducts): void {
  for (;;) {
    const ticket = Atomics.add(state, TICKET, 1);
    const limit = Atomics.load(state, LIMIT);
    if (ticket >> 16 !== limit >> 16 || ticket >= limit) return;
    const [part, parts, count] = [ticket & 0xffff, limit & 0xffff, Atomics.load(state, COUNT)];
    for (let i = LIST; i < LIST + SIZE * count; i += SIZE) {
      const columns = state[i + 8]!;
      const tiles = Math.ceil(columns / 8); // of addProducts
      const from = 8 * Math.floor((tiles * part) / parts);
      const to = Math.min(columns, 8 * Math.floor((tiles * (part + 1)) / parts));
      if (from >= to) continue;
      addProducts(
        state[i]!,
        state[i + 1]!,
        state[i + 2]!,
        state[i + 3]! + 4 * from,
        state[i + 4]!,
        state[i + 5]! + 4 * from,
        state[i + 6]!,
        state[i + 7]!,
        to - from,
        state[i + 9]!,
      );
    }
    Atomics.add(state, DONE, 1);
    Atomics.notify(state, DONE);
  }
}
