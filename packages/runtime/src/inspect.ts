import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeFolder } from './machine/cache.ts';
import { nvidiaGpus } from './machine/gpu.ts';
import { inspectCpu, nativePlatform, type Cpu } from './machine/platform.ts';
import {
  compilerCommand,
  missingTools,
  npmCommand,
  nvidiaDriver,
  probeTools,
  pythonCommand,
  type Tool,
  type Tools,
} from './machine/tools.ts';
import { ADDON, nativeFolder, readInstallation, type Flavor } from './native/layout.ts';

/** The state of the native backend on this machine. */
export interface NativeReport {
  /** Installed, whole, and seen to work when it was installed. */
  usable: boolean;
  /** Why it is not usable, one sentence. */
  reason?: string;
  /** What to do about it, one sentence. */
  remedy?: string;
  /** Version of the installed TensorFlow. */
  tensorflow?: string;
  /** The folder of its libraries. */
  libraries?: string;
  /** The installed libraries are those with CUDA. */
  gpu: boolean;
}

export interface RuntimeReport {
  native: NativeReport;
  python?: Tool;
  pip?: Tool;
  npm?: Tool;
  compiler?: Tool;
  nvidiaDriver?: string;
  /** Names of the NVIDIA GPUs, as far as the driver shows them. */
  gpus: readonly string[];
  node: string;
  cpu: Cpu;
  cache: { path: string; megabytes: number };
}

export interface InspectOptions {
  /**
   * Runs python, pip and the compiler for their versions (about a second); else they are only looked up on the PATH.
   */
  thorough?: boolean;
  cacheDir?: string;
}

/** What installs the native backend. */
export const INSTALL_COMMAND = 'npx @sed/runtime install';

export const INSTALL = (gpu: boolean): string =>
  `Run \`${INSTALL_COMMAND}\`: a download of some ${gpu ? '3.4 GB (5.4 GB on disk) and two minutes' : '330 MB and half a minute'} of work.`;

/**
 * Says what runs here. Loads nothing and starts nothing (with `thorough`, python and the compiler for their versions).
 */
export async function inspectRuntime(options: InspectOptions = {}): Promise<RuntimeReport> {
  const { thorough = false, cacheDir } = options;
  const driver = nvidiaDriver();
  const python = pythonCommand();
  const npm = npmCommand();
  const compiler = compilerCommand();
  const tools: Tools = thorough
    ? await probeTools()
    : {
        ...(python ? { python: { command: python } } : {}),
        ...(npm ? { npm: { command: npm } } : {}),
        ...(compiler ? { compiler: { command: compiler } } : {}),
      };
  const native = inspectNative(driver !== undefined, cacheDir);
  if (!native.usable && thorough && nativePlatform().supported) {
    const missing = missingTools(tools);
    if (missing.length > 0)
      native.remedy = `${missing.join(' ')} Then: ${native.remedy ?? INSTALL(driver !== undefined)}`;
  }
  const path = runtimeFolder(cacheDir);
  return {
    native,
    ...tools,
    ...(driver === undefined ? {} : { nvidiaDriver: driver }),
    gpus: nvidiaGpus(),
    node: process.version,
    cpu: inspectCpu(),
    cache: { path, megabytes: Math.round(bytesUnder(path) / 1e6) },
  };
}

/** The installed flavor that fits the machine: with an NVIDIA driver the one with CUDA, else the one for the CPU. */
export function findNative(
  gpu: boolean,
  cacheDir?: string,
): { flavor: Flavor; folder: string; tensorflow: string; outdated: boolean } | { reason: string } {
  const order: Flavor[] = gpu ? ['cuda', 'cpu'] : ['cpu', 'cuda'];
  let reason = 'TensorFlow is not installed.';
  for (const flavor of order) {
    const folder = nativeFolder(flavor, cacheDir);
    const found = readInstallation(folder);
    if (found === undefined) continue;
    if ('broken' in found) reason = `The installed TensorFlow is damaged: ${found.broken}.`;
    else return { flavor, folder, tensorflow: found.marker.tensorflow, outdated: found.outdated };
  }
  return { reason };
}

/** The path of the addon of an installation. */
export function addonPath(folder: string): string {
  return join(folder, ADDON);
}

function inspectNative(gpu: boolean, cacheDir?: string): NativeReport {
  const found = findNative(gpu, cacheDir);
  if ('folder' in found) {
    return {
      usable: true,
      ...(found.outdated ? { remedy: `An older version of this package built the addon. ${INSTALL(gpu)}` } : {}),
      tensorflow: found.tensorflow,
      libraries: found.folder,
      gpu: found.flavor === 'cuda',
    };
  }
  const platform = nativePlatform();
  if (!platform.supported)
    return { usable: false, reason: platform.reason, remedy: 'wasm runs here instead.', gpu: false };
  return { usable: false, reason: found.reason, remedy: INSTALL(gpu), gpu: false };
}

function bytesUnder(folder: string): number {
  let total = 0;
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return 0;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) total += bytesUnder(path);
    else if (entry.isFile()) {
      try {
        total += statSync(path).size;
      } catch {
        // removed meanwhile by an installation under way
      }
    }
  }
  return total;
}
