/**
 * Products of matrices, on several threads where there are. A kernel's products are written into a list; threads then
 * take parts of it (`parts.ts`). The calling thread takes parts too, and waits only for those that others have begun:
 * on a busy machine it does most of them itself.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { COUNT, DONE, LIMIT, LIST, SIZE, takeParts, TICKET, WAKE, type AddProducts } from './parts.ts';

/** Products of a list; more are several lists. */
const CAPACITY = 4096;
/** Parts a thread at least: one that comes late takes fewer. */
const PARTS = 2;
/** Floats of the columns of b that a part meets with all rows of a, so that they stay in the first cache: 16 KiB. */
const CACHED = 4096;
/** Multiplications that are over before another thread would have begun: 10 µs. */
const FEW = 250_000;

export interface PoolWorkerData {
  /** The WebAssembly module of `addProducts`, on `memory`. */
  readonly module: object;
  readonly memory: object;
  readonly state: Int32Array;
}

/**
 * The compiled entry of a worker: beside this file, or, from the sources (which Node 20 cannot load), that of the last
 * build.
 * @param pool address of this file
 * @throws Error where there is none, as in a bundle of one file
 */
export function workerFile(pool: string = import.meta.url): string {
  const places = ['./pool-worker.js', '../../dist/wasm/pool-worker.js'].map((path) => new URL(path, pool));
  const files = places.filter(({ protocol }) => protocol === 'file:').map((url) => fileURLToPath(url));
  const found = files.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new Error(
    `the workers' file ${places[0]!.href} is not there; leave @sed/runtime out of a bundle, or build the sources`,
  );
}

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
    const file = threads > 1 ? workerFile() : '';
    this.#workers = Array.from({ length: threads - 1 }, (_, i) => {
      const workerData: PoolWorkerData = { module, memory, state: this.#state };
      // no flags of this process: --input-type and its like are refused for a file
      const worker = new Worker(file, { workerData, execArgv: [], name: `sed-wasm-${i}` });
      worker.unref();
      return worker;
    });
  }

  /** How to run the products of a kernel with so many multiplications: `add` each, then `finish`. */
  begin(multiplications: number): { add: AddProducts; finish: () => void } {
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
