/**
 * tfjs's wasm backend on several threads in Node. tfjs brings a build with threads but starts it in browsers only (tfjs issue 3830): its worker is
 * a blob there, which Node's workers are not made of. Here they are made of the same text as a data URL, through the hooks that Emscripten's modules have.
 *
 * The threads share out the rows of an output (XNNPACK: convolutions, products), so results are the same bytes for any number of them.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { startProductThreads } from './simd.ts';
import { WebAssembly } from './webassembly.ts';

/** tfjs's build starts this many workers, and can use no more. */
const MOST_THREADS = 8;
const BUILD = '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';

/** Node's worker, as Emscripten keeps it. */
interface Worker {
  unref(): void;
  terminate(): Promise<unknown>;
}

interface EmscriptenModule {
  cwrap(name: string, result: string | null, parameters: string[]): unknown;
  readonly PThread: { readonly unusedWorkers: Worker[]; readonly runningWorkers: Worker[] };
  tfjs?: Record<string, unknown>;
}

interface Hooks {
  /** Where a file of the build is. */
  locateFile(file: string, folder: string): string | URL;
  instantiateWasm(
    imports: { env: Record<string, unknown> },
    receive: (instance: object, module: object) => void,
  ): object;
}

interface TfjsWasm {
  readonly BackendWasm: new (module: object) => tf.KernelBackend;
  setThreadsCount(threads: number): void;
}

/** Threads that wasm would use: `$SED_WASM_THREADS`, else as TensorFlow `$TF_NUM_INTRAOP_THREADS`, else one a processor; at most 8. */
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
  const module = await load(require, threads);
  setThreadsCount(threads);
  const backend = new BackendWasm(module);
  const { unusedWorkers, runningWorkers } = module.PThread;
  // 10 MB each
  await Promise.all(unusedWorkers.splice(0).map((worker) => worker.terminate()));
  for (const worker of runningWorkers) worker.unref(); // they wait for work until the process ends
  const end = startProductThreads(backend, threads);
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    end();
    dispose();
  };
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => backend, 3); // tfjs's own priority
}

async function load(require: NodeJS.Require, threads: number): Promise<EmscriptenModule> {
  const create = require(`${BUILD}.js`) as (hooks: Hooks) => Promise<EmscriptenModule>;
  const worker = workerUrl(require);
  const bytes = readFileSync(require.resolve(`${BUILD}.wasm`));
  const global = globalThis as { Worker?: unknown };
  const before = Object.getOwnPropertyDescriptor(global, 'Worker');
  try {
    const module = await new Promise<EmscriptenModule>((resolve, reject) => {
      const hooks: Hooks = {
        locateFile: (file, folder) => (file.endsWith('.worker.js') ? worker : folder + file),
        instantiateWasm: (imports, receive) => {
          // tfjs takes at most half of them, for processors with two threads a core
          imports.env['emscripten_num_logical_cores'] = () => 2 * threads;
          WebAssembly.instantiate(bytes, imports).then(({ instance, module }) => receive(instance, module), reject);
          return {};
        },
      };
      create(hooks).then(resolve, reject);
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
