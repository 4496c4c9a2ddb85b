import * as tf from '@tensorflow/tfjs-core';
import { findNative, INSTALL, inspectRuntime } from './inspect.ts';
import { unseenGpu } from './machine/gpu.ts';
import { nvidiaDriver } from './machine/tools.ts';
import { tensorFlow, type TensorFlowBackend } from './native/backend.ts';
import { shareScalars } from './native/constants.ts';
import { loadTfjsNode } from './native/load.ts';
import { registerNativeKernels } from './native/register.ts';
import { registerSumGradient } from './native/sum-gradient.ts';
import { registerViews } from './native/views.ts';
import { registerWasmKernels } from './wasm/kernels.ts';
import { startThreads, wasmThreads } from './wasm/threads.ts';

export type BackendName = 'tensorflow' | 'wasm' | 'cpu';

export interface PrepareOptions {
  /** `auto` (default): `$SED_BACKEND` if set, else `tensorflow` where it is installed, else `wasm`. */
  backend?: 'auto' | BackendName;
  /** Gets the warning too. */
  log?: (message: string) => void;
}

export interface PreparedBackend {
  backend: BackendName;
  /** Version of TensorFlow, with backend `tensorflow`. */
  tensorflow?: string;
  gpu: boolean;
  /** With backend `wasm`. */
  threads?: number;
  /** Why this is not the fastest that this machine could run, and what to do. */
  warning?: string;
}

/** Backends whose binding shares its scalars already. */
const sharing = new WeakSet<TensorFlowBackend>();

const NAMES: readonly string[] = ['tensorflow', 'wasm', 'cpu'];

/**
 * Selects the tfjs backend of this process and registers this package's kernels for it. Registers tfjs's gradients too.
 * May be called again, also for another backend.
 * @throws Error when the backend asked for by name cannot run, with what to do
 */
export async function prepareBackend(options: PrepareOptions = {}): Promise<PreparedBackend> {
  const { backend = 'auto', log } = options;
  const wanted = backend === 'auto' ? (process.env['SED_BACKEND'] ?? 'auto') : backend;
  if (wanted !== 'auto' && !NAMES.includes(wanted)) {
    throw new Error(
      `The backend is "${wanted}"; it can be auto, ${NAMES.join(', ')}${backend === 'auto' ? ' (it comes from SED_BACKEND)' : ''}.`,
    );
  }
  await import('@tensorflow/tfjs'); // gradients, and the cpu backend
  quietNodeBanner();
  if (wanted === 'cpu') return select('cpu');
  if (wanted === 'wasm') return prepareWasm();
  const driver = nvidiaDriver();
  const native = findNative(driver !== undefined);
  if ('folder' in native) {
    try {
      const prepared = await prepareNative(native);
      const visible = process.env['CUDA_VISIBLE_DEVICES'];
      const warning = native.outdated
        ? outdatedKernels(driver !== undefined)
        : unseenGpu({ flavor: native.flavor, gpu: prepared.gpu, driver, visible });
      if (warning === undefined) return prepared;
      log?.(warning);
      return { ...prepared, warning };
    } catch (error) {
      if (wanted === 'tensorflow') throw error;
      return withWarning(
        await prepareWasm(),
        `The native backend is installed but did not load (${(error as Error).message}).`,
        log,
      );
    }
  }
  const report = await inspectRuntime({ thorough: true });
  const remedy = report.native.remedy ?? '';
  if (wanted === 'tensorflow') throw new Error(`The backend tensorflow cannot run: ${native.reason} ${remedy}`);
  return withWarning(await prepareWasm(), `${report.native.reason ?? native.reason} ${remedy}`, log);
}

/** What an older or newer version of this package built has not the ops that this one's kernels call. */
const outdatedKernels = (gpu: boolean): string =>
  `The installed kernels are of another version of this package, so TensorFlow's own are used: training takes twice as long or more. ${INSTALL(gpu)}`;

async function prepareNative(native: { folder: string; outdated: boolean }): Promise<PreparedBackend> {
  if (!tf.engine().registryFactory['tensorflow']) loadTfjsNode(native.folder);
  await select('tensorflow');
  const backend = tensorFlow();
  if (backend.isUsingGpuDevice && !sharing.has(backend)) {
    backend.binding = shareScalars(backend.binding);
    sharing.add(backend);
  }
  registerNativeKernels({ own: !native.outdated });
  registerSumGradient();
  registerViews();
  return { backend: 'tensorflow', tensorflow: backend.binding.TF_Version, gpu: backend.isUsingGpuDevice };
}

async function prepareWasm(): Promise<PreparedBackend> {
  await import('@tensorflow/tfjs-backend-wasm');
  const threads = await startWasm();
  const prepared = await select('wasm');
  registerWasmKernels();
  return { ...prepared, threads };
}

let threadsOfWasm: number | undefined;

/** Starts wasm once, on several threads where they can be had. @returns how many */
async function startWasm(): Promise<number> {
  if (threadsOfWasm !== undefined) return threadsOfWasm;
  const threads = 'wasm' in tf.engine().registry ? 1 : wasmThreads();
  try {
    if (threads > 1) await startThreads(threads);
    threadsOfWasm = threads;
  } catch (error) {
    process.emitWarning(`WebAssembly runs on one thread, not ${threads}: ${(error as Error).message}`);
    threadsOfWasm = 1;
  }
  return threadsOfWasm;
}

async function select(backend: BackendName): Promise<PreparedBackend> {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its backend ${backend}.`);
  await tf.ready();
  return { backend, gpu: false };
}

function withWarning(prepared: PreparedBackend, why: string, log: PrepareOptions['log']): PreparedBackend {
  const threads = prepared.threads === 1 ? 'one thread' : `${prepared.threads} threads`;
  const warning = `Running on WebAssembly, ${threads}: training steps take three to six times as long as on TensorFlow. ${why}`;
  log?.(warning);
  return { ...prepared, warning };
}

/** The cpu backend greets with an advertisement of tfjs-node at its first use. */
function quietNodeBanner(): void {
  const cpu = tf.engine().registryFactory['cpu']
    ? (tf.findBackend('cpu') as (tf.KernelBackend & { firstUse?: boolean }) | null)
    : null;
  if (cpu) cpu.firstUse = false;
}
