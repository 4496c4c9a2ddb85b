/**
 * Products of matrices, on several threads where there are. A kernel's products are written into a list; threads then take parts of it, each a range of columns of all
 * products: what it needs of the right matrix stays in the cache, no two threads add to the same sums, and results are the same bytes for any number of them. The calling thread takes parts too, and waits only for
 * those that others have begun: on a busy machine it does most of them itself.
 */
import { Worker } from 'node:worker_threads';

/** The arguments of `addProducts` of `simd.ts`, of which this is the function. */
export type Product = readonly [
  ...[a: number, aStride: number, aStep: number, b: number, bStep: number, out: number, outStride: number],
  ...[rows: number, columns: number, depth: number],
];
type AddProducts = (...product: Product) => void;

/** Where in the shared numbers what is; from `LIST` on the products, of `SIZE` numbers each. */
const PLACES = { WAKE: 0, TICKET: 1, LIMIT: 2, DONE: 3, COUNT: 4, LIST: 5, SIZE: 10 };
const { WAKE, TICKET, LIMIT, DONE, COUNT, LIST, SIZE } = PLACES;
/** Products of a list; more are several lists. */
const CAPACITY = 4096;
/** Parts a thread at least: one that comes late takes fewer. */
const PARTS = 2;
/** Floats of the columns of b that a part meets with all rows of a, so that they stay in the first cache: 16 KiB. */
const CACHED = 4096;
/** Multiplications that are over before another thread would have begun: 10 µs. */
const FEW = 250_000;

/**
 * The numbers' names, then `takeParts(state, addProducts)`: takes parts while there are any. A text, since the workers have no other way to it that works before and after
 * the build. A ticket is a list's number and a part's, 16 bits, so that one that was taken late does not count for the next list.
 */
const SOURCE = `
  const { ${Object.keys(PLACES).join(', ')} } = ${JSON.stringify(PLACES)};
  function takeParts(state, addProducts) {
    for (;;) {
      const ticket = Atomics.add(state, TICKET, 1);
      const limit = Atomics.load(state, LIMIT);
      if (ticket >> 16 !== limit >> 16 || ticket >= limit) return;
      const [part, parts, count] = [ticket & 0xffff, limit & 0xffff, Atomics.load(state, COUNT)];
      for (let i = LIST; i < LIST + SIZE * count; i += SIZE) {
        const columns = state[i + 8];
        const tiles = Math.ceil(columns / 8); // of addProducts
        const from = 8 * Math.floor((tiles * part) / parts);
        const to = Math.min(columns, 8 * Math.floor((tiles * (part + 1)) / parts));
        if (from >= to) continue;
        addProducts(
          state[i], state[i + 1], state[i + 2], state[i + 3] + 4 * from, state[i + 4],
          state[i + 5] + 4 * from, state[i + 6], state[i + 7], to - from, state[i + 9],
        );
      }
      Atomics.add(state, DONE, 1);
      Atomics.notify(state, DONE);
    }
  }`;

/** Waits for lists and takes parts until the process ends; looks for some 20 µs, which is what waking takes, before it sleeps. */
const WORKER = `
  const { module, memory, state } = require('node:worker_threads').workerData;
  ${SOURCE}
  const { addProducts } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  for (;;) {
    const seen = Atomics.load(state, WAKE);
    takeParts(state, addProducts);
    let looks = 0;
    while (looks < 1000 && Atomics.load(state, WAKE) === seen) looks++;
    if (looks === 1000) Atomics.wait(state, WAKE, seen);
  }`;

const takeParts = new Function(`${SOURCE}; return takeParts;`)() as (state: Int32Array, add: AddProducts) => void;

export class ProductPool {
  readonly #state = new Int32Array(new SharedArrayBuffer(4 * (LIST + SIZE * CAPACITY)));
  readonly #workers: readonly Worker[];
  readonly #threads: number;
  readonly #addProducts: AddProducts;
  #count = 0;
  #list = 0;

  /** @param module that of `addProducts`, on `memory`, which must be shared if there are several threads */
  constructor(addProducts: AddProducts, module: object, memory: object, threads: number) {
    this.#addProducts = addProducts;
    this.#threads = threads;
    this.#workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData = { module, memory, state: this.#state };
      const worker = new Worker(WORKER, { eval: true, workerData, execArgv: [], name: `sed-wasm-${i}` });
      worker.unref();
      return worker;
    });
  }

  /** How to run the products of a kernel with so many multiplications: `add` each, then `finish`. */
  begin(multiplications: number): { add: AddProducts; finish(): void } {
    if (multiplications < FEW) return { add: this.#addProducts, finish: () => {} };
    return {
      add: (...product) => {
        if (this.#count === CAPACITY) this.#run();
        this.#state.set(product, LIST + SIZE * this.#count++);
      },
      finish: () => this.#run(),
    };
  }

  end(): void {
    for (const worker of this.#workers) void worker.terminate();
  }

  #run(): void {
    if (this.#count === 0) return;
    const state = this.#state;
    const [columns, depth] = [state[LIST + 8]!, state[LIST + 9]!];
    const cached = Math.max(8, 8 * Math.floor(CACHED / depth / 8));
    const parts = Math.max(Math.ceil(columns / cached), this.#threads > 1 ? PARTS * this.#threads : 1);
    this.#list = (this.#list + 1) & 0x7fff;
    const first = this.#list << 16;
    Atomics.store(state, COUNT, this.#count);
    Atomics.store(state, DONE, 0);
    Atomics.store(state, LIMIT, first + parts);
    Atomics.store(state, TICKET, first);
    if (this.#threads > 1) {
      Atomics.add(state, WAKE, 1);
      Atomics.notify(state, WAKE);
    }
    takeParts(state, this.#addProducts);
    for (let looks = 0; ; looks++) {
      const done = Atomics.load(state, DONE);
      if (done === parts) break;
      if (looks > 1000) Atomics.wait(state, DONE, done);
    }
    this.#count = 0;
  }
}
