import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import { chooseGpu } from '../machine/gpu.ts';
import { runCommonJs } from './common-js.ts';
import { ADDON, KERNELS, MUTE, TFJS_NODE_FOLDER } from './layout.ts';

interface LegacyUtil {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
}

/** tfjs-node 4.22 calls two functions that Node 23 removed from `util` (or Node 22 warns about). */
function restoreLegacyUtil(): void {
  const legacy = util as unknown as LegacyUtil;
  legacy.isNullOrUndefined = (value) => value === null || value === undefined;
  legacy.isArray = Array.isArray;
}

/**
 * Loads the tfjs-node and the addons that are installed in `folder`, which registers and selects the backend
 * `tensorflow`.
 *
 * tfjs-node gets the `@tensorflow/tfjs` of this package, so that its backend is that of the caller's tensors; and where
 * it asks node-pre-gyp for the path of its addon, it gets the installed one's.
 * @throws Error where our kernels are installed, in a second thread of a process: they keep state that all threads
 * would share
 */
export function loadTfjsNode(folder: string): void {
  const require = createRequire(import.meta.url);
  const first = loadFirst(join(folder, MUTE));
  if (existsSync(join(folder, KERNELS)) && first?.claim?.() === false) throw new Error(ONE_THREAD);
  restoreLegacyUtil();
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'; // else it takes nearly all of a GPU's memory at once, needed or not
  chooseGpu();
  const finder = { find: () => join(folder, ADDON) };
  const provide = (name: string): unknown => (name === '@mapbox/node-pre-gyp' ? finder : require(name));
  first?.divertSignals?.();
  // Silenced, unless the user wants TensorFlow's notes.
  const quiet = Number(process.env['TF_CPP_MIN_LOG_LEVEL']) >= 1;
  if (quiet) first?.mute();
  try {
    runCommonJs(join(folder, TFJS_NODE_FOLDER, 'dist', 'index.js'), provide);
    loadKernels(join(folder, KERNELS));
    first?.releaseCode?.();
  } finally {
    if (quiet) first?.restore();
  }
}

const ONE_THREAD =
  'another thread of this process has loaded TensorFlow, and the kernels are for one thread; use wasm in this one, or start a process';

/**
 * Loading it registers its ops with TensorFlow. One that does not load is as none: `registerNativeKernels` tries what
 * there is.
 */
function loadKernels(addon: string): void {
  if (!existsSync(addon)) return;
  try {
    createRequire(import.meta.url)(addon);
  } catch (error) {
    process.emitWarning(
      `${addon} does not load: ${(error as Error).message}. TensorFlow's slower convolutions are used.`,
    );
  }
}

interface FirstAddon {
  mute(): void;
  restore(): void;
  /**
   * Whether TensorFlow is this thread's: that of the first to ask. Missing, as the next two, in the addon of an older
   * version.
   */
  claim?(): boolean;
  divertSignals?(): void;
  releaseCode?(): void;
}

/**
 * The addon that readies the process (`native/mute.cc`); undefined where there is none, as on a system without signals.
 */
function loadFirst(addon: string): FirstAddon | undefined {
  return existsSync(addon) ? (createRequire(import.meta.url)(addon) as FirstAddon) : undefined;
}
