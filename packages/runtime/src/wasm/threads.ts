/**
 * tfjs's wasm backend on several threads in Node: its build for threads, which it starts in browsers only (tfjs issue
 * 3830), since that has a memory which threads of ours can share (`pool.ts`). XNNPACK stays on one thread: what is left
 * to it is small, and its threads would spin between two calls, for more processor time than they save.
 */
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from './backend.ts';
import { startProductThreads } from './simd.ts';

/** With more, those who come late find nothing left of a layer. */
const MOST_THREADS = 8;
const BUILD = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';

/** Node's worker, as Emscripten keeps it. */
interface Worker {
  terminate(): Promise<unknown>;
}

interface EmscriptenModule {
  cwrap: (name: string, result: string | null, parameters: string[]) => unknown;
  readonly PThread: { readonly unusedWorkers: Worker[] };
  tfjs?: Record<string, unknown>;
}

interface Hooks {
  /** Where a file of the build is. */
  locateFile(file: string, folder: string): string | URL;
}

interface TfjsWasm {
  readonly BackendWasm: new (module: object) => WasmBackend;
  setThreadsCount: (threads: number) => void;
}

/**
 * Threads that wasm would use: `$SED_WASM_THREADS`, else as TensorFlow `$TF_NUM_INTRAOP_THREADS`, else one a processor;
 * at most 8.
 */
export function wasmThreads(env: NodeJS.ProcessEnv = process.env): number {
  const asked = Number(env['SED_WASM_THREADS'] ?? env['TF_NUM_INTRAOP_THREADS']);
  const threads = Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
  return Math.min(MOST_THREADS, threads);
}

/**
 * Starts the build with threads and puts its backend in the place of tfjs's `wasm`, which must not have been started.
 * @throws Error where Node may not start workers, or has not enough memory for them
 */
export async function startThreads(threads: number): Promise<void> {
  const require = createRequire(import.meta.url);
  const { BackendWasm, setThreadsCount } = require('@tensorflow/tfjs-backend-wasm') as TfjsWasm;
  const module = await load(require);
  setThreadsCount(1);
  const backend = new BackendWasm(module);
  // the build starts eight of its own, 10 MB each
  await Promise.all(module.PThread.unusedWorkers.splice(0).map((worker) => worker.terminate()));
  const end = startProductThreads(backend, threads);
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    end();
    dispose();
  };
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => backend, 3); // tfjs's own priority
}

async function load(require: NodeJS.Require): Promise<EmscriptenModule> {
  const create = require(`${BUILD}.js`) as (hooks: Hooks) => Promise<EmscriptenModule>;
  const worker = workerUrl(require);
  const global = globalThis as { Worker?: unknown };
  const before = Object.getOwnPropertyDescriptor(global, 'Worker');
  try {
    const module = await create({
      locateFile: (file, folder) => (file.endsWith('.worker.js') ? worker : folder + file),
    });
    module.tfjs = functionsOf(module);
    return module;
  } finally {
    // Emscripten makes Node's Worker a global, by which libraries would take this for a browser.
    if (before) Object.defineProperty(global, 'Worker', before);
    else delete global.Worker;
  }
}

/** A module of a data URL has no `require`, which the worker's script expects. */
function workerUrl(require: NodeJS.Require): URL {
  const file = require.resolve(`${BUILD}.js`);
  const { wasmWorkerContents } = require(`${BUILD}.worker.js`) as { wasmWorkerContents: string };
  // tfjs's text has line breaks inside of strings
  const script = wasmWorkerContents.replace(/\n/g, '\\n');
  const code = `import { createRequire } from 'node:module';
    const file = ${JSON.stringify(file)};
    new Function('require', '__filename', ${JSON.stringify(script)})(createRequire(file), file);`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** The functions by which tfjs's backend manages its module, as tfjs wraps them. */
function functionsOf({ cwrap }: EmscriptenModule): Record<string, unknown> {
  const n = 'number';
  return {
    init: cwrap('init', null, []),
    initWithThreadsCount: cwrap('init_with_threads_count', null, [n]),
    getThreadsCount: cwrap('get_threads_count', n, []),
    registerTensor: cwrap('register_tensor', null, [n, n, n]),
    disposeData: cwrap('dispose_data', null, [n]),
    dispose: cwrap('dispose', null, []),
  };
}
