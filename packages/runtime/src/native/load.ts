import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import util from 'node:util';
import { chooseGpu } from '../machine/gpu.ts';
import type { TensorBinding } from './constants.ts';
import { KERNELS, MUTE } from './layout.ts';

/** What the kernels use of tfjs-node's backend. */
export interface TensorFlowBackend {
  binding: Record<
    'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_ATTR_FLOAT' | 'TF_FLOAT' | 'TF_INT32',
    number
  > &
    TensorBinding & { TF_Version: string };
  isUsingGpuDevice: boolean;
}

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
 * Loads `@tensorflow/tfjs-node-gpu` with the addon at `addon`, which registers and selects the backend `tensorflow`.
 *
 * tfjs-node asks node-pre-gyp where its addon is, inside its own folder. That one answer is replaced while it loads: nothing
 * is written into node_modules, which may be read-only, shared, or made anew by the next install.
 */
export function loadTfjsNode(addon: string): void {
  restoreLegacyUtil();
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true'; // else it takes nearly all of a GPU's memory at once, needed or not
  chooseGpu();
  const require = createRequire(import.meta.url);
  const fromTfjsNode = createRequire(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const finder = fromTfjsNode('@mapbox/node-pre-gyp/lib/pre-binding.js') as {
    find: (manifest: string, options?: unknown) => string;
  };
  const { find } = finder;
  finder.find = (manifest, options) => (manifest.includes('tfjs-node-gpu') ? addon : find(manifest, options));
  const first = loadFirst(join(dirname(addon), MUTE));
  first?.divertSignals?.();
  // Silenced, unless the user wants TensorFlow's notes.
  const quiet = Number(process.env['TF_CPP_MIN_LOG_LEVEL']) >= 1;
  if (quiet) first?.mute();
  try {
    require('@tensorflow/tfjs-node-gpu');
    loadKernels(join(dirname(addon), KERNELS));
    first?.releaseCode?.();
  } finally {
    if (quiet) first?.restore();
    finder.find = find;
  }
}

/** Loading it registers its ops with TensorFlow. One that does not load is as none: `registerNativeKernels` tries what there is. */
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
  /** Missing in the addon of an older version. */
  divertSignals?(): void;
  /** The same. */
  releaseCode?(): void;
}

/** The addon that readies the process (`native/mute.cc`); undefined where there is none, as on a system without signals. */
function loadFirst(addon: string): FirstAddon | undefined {
  return existsSync(addon) ? (createRequire(import.meta.url)(addon) as FirstAddon) : undefined;
}
