/**
 * Runs one suite on every backend this machine has: `cpu`, `wasm`, and `tensorflow` where @sed/runtime has installed
 * it.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The part of @sed/runtime that the tests use. It is loaded by path: a declared edge would make the packages circular.
 */
interface Runtime {
  inspectRuntime(): Promise<{ native: { usable: boolean; reason?: string } }>;
  prepareBackend(options: { backend: string }): Promise<unknown>;
}

async function loadRuntime(): Promise<Runtime | undefined> {
  const here = dirname(fileURLToPath(import.meta.url));
  const source = join(here, '..', '..', 'runtime', 'src', 'index.ts');
  if (!existsSync(source)) return undefined;
  const runtime = (await import(pathToFileURL(source).href)) as Partial<Runtime>;
  return runtime.prepareBackend && runtime.inspectRuntime ? (runtime as Runtime) : undefined;
}

// Silences tfjs's banner about Node. (IS_TEST would too, but it takes what customGrad saves on wasm, where a clone is a
// copy, for a leak.)
tf.env().set('PROD', true);

const runtime = await loadRuntime();
const native = runtime
  ? (await runtime.inspectRuntime()).native
  : { usable: false, reason: '@sed/runtime has no API yet' };

/** `SED_TEST_BACKENDS=cpu,wasm` narrows the list; the default is all three. */
const wanted = (process.env['SED_TEST_BACKENDS'] ?? 'cpu,wasm,tensorflow').split(',');

/**
 * Declares `suite` once a backend, under the name `name [backend]`. A backend that is wanted and missing is a skipped
 * suite whose name says why, so that the summary counts it.
 * @param only the backends the suite is for; default all that `SED_TEST_BACKENDS` asks for
 */
export function onEveryBackend(name: string, suite: (backend: string) => void, only?: readonly string[]): void {
  for (const backend of wanted.filter((b) => only === undefined || only.includes(b))) {
    if (backend === 'tensorflow' && !native.usable) {
      describe.skip(`${name} [tensorflow: NOT RUN, ${native.reason ?? 'not installed'}]`, () => suite(backend));
      continue;
    }
    describe(`${name} [${backend}]`, () => {
      beforeAll(async () => {
        if (runtime && backend !== 'cpu') await runtime.prepareBackend({ backend });
        else {
          await tf.setBackend(backend);
          await tf.ready();
        }
      });
      suite(backend);
    });
  }
}

/** {@link expectNoLeak} for a `body` that waits. */
export async function expectNoLeakAsync<T>(body: () => Promise<T>, kept = 1): Promise<T> {
  const before = tf.memory().numTensors;
  const result = await body();
  expect(tf.memory().numTensors - before).toBe(kept);
  return result;
}

/**
 * Runs `body` and checks that it leaves exactly `kept` tensors more than before (the result it returns, by default
 * one).
 */
export function expectNoLeak<T>(body: () => T, kept = 1): T {
  const before = tf.memory().numTensors;
  const result = body();
  expect(tf.memory().numTensors - before).toBe(kept);
  return result;
}
