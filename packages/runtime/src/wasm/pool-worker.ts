/**
 * A thread that waits for lists of products and takes parts of them until the process ends. It looks for some 20 µs,
 * which is what waking takes, before it sleeps. An entry point: it is started, never imported.
 */
import { workerData } from 'node:worker_threads';
import { takeParts, WAKE } from './parts.ts';
import type { PoolWorkerData } from './pool.ts';
import type { Loops } from './simd.ts';
import { WebAssembly } from './webassembly.ts';

const { module, memory, state } = workerData as PoolWorkerData;
const { addProducts } = new WebAssembly.Instance(module, { env: { memory } }).exports as Loops;
for (;;) {
  const seen = Atomics.load(state, WAKE);
  takeParts(state, addProducts);
  let looks = 0;
  while (looks < 1000 && Atomics.load(state, WAKE) === seen) looks++;
  if (looks === 1000) Atomics.wait(state, WAKE, seen);
}
