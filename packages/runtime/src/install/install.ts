import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { addonPath } from '../inspect.ts';
import { runtimeFolder } from '../machine/cache.ts';
import { nativePlatform } from '../machine/platform.ts';
import { missingTools, nvidiaDriver, probeTools } from '../machine/tools.ts';
import {
  ADDON,
  MARKER,
  MUTE,
  nativeFolder,
  readInstallation,
  TFJS_NODE_VERSION,
  type Flavor,
  type Marker,
} from '../native/layout.ts';
import { bindingHash } from '../native/binding.ts';
import { checkAddon, checkKernels } from './check.ts';
import { compileAddon } from './compile.ts';
import { downloadWheel } from './download.ts';
import { withLock } from './lock.ts';
import type { InstallProgress } from './progress.ts';
import { fetchTfjsNode, verifyTfjsNode } from './tfjs-node.ts';
import { unpackWheel } from './unpack.ts';
import { addKernels } from './kernels.ts';
import { NVIDIA, NVIDIA_FILES, TENSORFLOW_FILES, tensorflowRequirement, usesOneDnn } from './wheels.ts';

export interface InstallOptions {
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal;
  log?: (message: string) => void;
  /** CUDA libraries too: `auto` (default) where an NVIDIA driver is found. */
  gpu?: 'auto' | boolean;
  /** Default: `$SED_CACHE`, `$XDG_CACHE_HOME/sed` or `~/.cache/sed`. */
  cacheDir?: string;
}

export interface InstallResult {
  /** False where it was installed already. */
  installed: boolean;
  folder: string;
  tensorflow: string;
  flavor: Flavor;
  megabytes: number;
  seconds: number;
}

/**
 * Installs the native backend into the user's cache: npm fetches tfjs-node's package and pip TensorFlow's wheel, both
 * checked by pinned hashes and unpacked without running anything of theirs; the binding's sources are compiled against
 * the libraries, and run once. A folder under its final name is whole: the work is done beside it. Two installations at
 * a time do not clash, and a killed one leaves the wheel for the next.
 * @throws Error that says what is missing and how to get it, or what failed
 */
export function installRuntime(options: InstallOptions = {}): Promise<InstallResult> {
  return installChecked(options, CHECKS);
}

/** What is asked of what was fetched and built. */
export interface Checks {
  tarball: typeof verifyTfjsNode;
  addon: typeof checkAddon;
  kernels: typeof checkKernels;
}

const CHECKS: Checks = { tarball: verifyTfjsNode, addon: checkAddon, kernels: checkKernels };

/** `installRuntime` with the checks as an argument, so that a test can do without a TensorFlow. */
export async function installChecked(options: InstallOptions, checks: Checks): Promise<InstallResult> {
  const { onProgress, signal, log = () => {}, gpu = 'auto', cacheDir } = options;
  const begun = performance.now();
  const platform = nativePlatform();
  if (!platform.supported) throw new Error(`${platform.reason} The wasm backend runs here instead.`);
  const flavor = chooseFlavor(gpu);
  const folder = nativeFolder(flavor, cacheDir);
  const downloads = join(runtimeFolder(cacheDir), 'downloads', flavor);

  const finished = (installed: boolean, evenOutdated = false): InstallResult | undefined => {
    const found = readInstallation(folder);
    if (found === undefined || 'broken' in found || (found.outdated && !evenOutdated)) return undefined;
    const bytes = Object.values(found.marker.files).reduce((a, b) => a + b, 0);
    const { tensorflow } = found.marker;
    const seconds = (performance.now() - begun) / 1000;
    return { installed, folder, tensorflow, flavor, megabytes: Math.round(bytes / 1e6), seconds };
  };

  const already = finished(false);
  if (already) return already;
  const tools = await probeTools();
  const missing = missingTools(tools);
  const older = finished(false, true);
  if (missing.length > 0) {
    if (!older) throw new Error(missing.join('\n'));
    log(
      `an older version of this package built the addon; it stays, since it cannot be built anew: ${missing.join(' ')}`,
    );
    return older;
  }
  if (older) log('an older version of this package built the addon; building it anew');
  const python = tools.python!.command;
  const compiler = tools.compiler!.command;
  const npm = tools.npm!.command;

  const work = async (): Promise<InstallResult> => {
    const meanwhile = finished(false);
    if (meanwhile) return meanwhile;
    const building = `${folder}.building`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    const common = { python, ...(onProgress ? { onProgress } : {}), ...(signal ? { signal } : {}) };

    const fetch = async (requirement: string): Promise<string> => {
      log(`fetching ${requirement}`);
      return downloadWheel({ ...common, requirement, tags: platform.tags, folder: downloads });
    };
    log(`fetching tfjs-node ${TFJS_NODE_VERSION}`);
    const unpacked = await fetchTfjsNode({ ...common, npm, folder: building, verify: checks.tarball });
    const tensorflow = await fetch(tensorflowRequirement(flavor));
    Object.assign(
      unpacked,
      await unpackWheel({ ...common, wheel: tensorflow, target: building, patterns: TENSORFLOW_FILES }),
    );
    if (flavor === 'cuda') {
      for (const requirement of NVIDIA) {
        const wheel = await fetch(requirement);
        Object.assign(unpacked, await unpackWheel({ ...common, wheel, target: building, patterns: NVIDIA_FILES }));
      }
    }

    log('compiling the binding');
    onProgress?.({ stage: 'compile', item: basename(compiler) });
    await compileAddon({ compiler, folder: building, ...(signal ? { signal } : {}) });
    if (usesOneDnn(flavor)) {
      const added = addKernels({ ...common, compiler, fetch, folder: building, check: checks.kernels });
      Object.assign(unpacked, await added.catch((error: Error) => withoutKernels(error, { log, signal })));
    }
    onProgress?.({ stage: 'check', item: ADDON });
    const check = await checks.addon(addonPath(building), signal);
    if (flavor === 'cuda' && !check.gpu)
      log('TensorFlow loads but sees no GPU; it will run on the CPU until the driver works');

    rmSync(join(building, 'tensorflow', 'include'), { recursive: true, force: true });
    const files: Record<string, number> = {};
    for (const name of [ADDON, MUTE]) files[name] = statSync(join(building, name)).size;
    for (const [name, bytes] of Object.entries(unpacked)) if (existsSync(join(building, name))) files[name] = bytes;
    const marker: Marker = {
      format: 1,
      tensorflow: check.tensorflow,
      tfjsNode: TFJS_NODE_VERSION,
      flavor,
      binding: bindingHash(),
      installed: new Date().toISOString(),
      files,
    };
    writeFileSync(join(building, MARKER), `${JSON.stringify(marker, null, 2)}\n`);
    // A damaged or outdated one moves away whole: who starts meanwhile finds the one or the other.
    const replaced = `${folder}.replaced`;
    rmSync(replaced, { recursive: true, force: true });
    if (existsSync(folder)) renameSync(folder, replaced);
    renameSync(building, folder);
    rmSync(replaced, { recursive: true, force: true });
    rmSync(downloads, { recursive: true, force: true });
    removeIfEmpty(join(downloads, '..'));
    const result = finished(true);
    if (!result) throw new Error(`${folder} was written and is not whole: is the disk full or failing?`);
    return result;
  };

  return withLock(`${folder}.lock`, work, {
    ...(signal ? { signal } : {}),
    onWait: (pid) => log(`another installation (process ${pid}) is under way; waiting for it`),
  });
}

/** @throws Error where CUDA was asked for and there is none to be had */
export function chooseFlavor(gpu: 'auto' | boolean, arch: string = process.arch): Flavor {
  if (gpu === true && arch !== 'x64')
    throw new Error(
      `TensorFlow is published with CUDA for x64 alone, and this machine is ${arch}: install it for the CPU.`,
    );
  return arch === 'x64' && (gpu === 'auto' ? nvidiaDriver() !== undefined : gpu) ? 'cuda' : 'cpu';
}

/** The faster convolutions are a gain, not a need: a machine that cannot have them gets TensorFlow's. */
function withoutKernels(
  error: Error,
  { log, signal }: { log: (message: string) => void; signal: AbortSignal | undefined },
): Record<string, number> {
  if (signal?.aborted) throw error;
  log(
    `oneDNN's own convolutions could not be added, and training takes about a third longer without them: ${error.message}`,
  );
  return {};
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true, force: true });
}
