import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KERNELS, ONEDNN_FOLDER } from '../native/layout.ts';
import type { checkKernels } from './check.ts';
import { compileKernels } from './compile.ts';
import type { InstallProgress } from './progress.ts';
import { unpackWheel } from './unpack.ts';
import { ONEDNN } from './wheels.ts';

/**
 * Fetches oneDNN and builds the addon with ops of our own in `folder`, beside TensorFlow.
 * @returns the files it added, path inside the folder to bytes
 * @throws Error with nothing added
 */
export async function addKernels(options: {
  python: string;
  compiler: string;
  fetch: (requirement: string) => Promise<string>;
  folder: string;
  /** Whether the built addon loads. */
  check: typeof checkKernels;
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal;
}): Promise<Record<string, number>> {
  const { compiler, fetch, folder, check, signal, ...common } = options;
  const abortable = signal ? { signal } : {};
  const unpacked = join(folder, 'onednn-wheels');
  const library = join(folder, ONEDNN_FOLDER);
  try {
    for (const { requirement, files } of ONEDNN) {
      const wheel = await fetch(requirement);
      const found = await unpackWheel({ ...common, ...abortable, wheel, target: unpacked, patterns: [files] });
      for (const path of Object.keys(found)) {
        const target = join(library, new RegExp(`^${files}`).exec(path)![1]!);
        mkdirSync(dirname(target), { recursive: true });
        renameSync(join(unpacked, path), target);
      }
    }
    const headers = join(library, 'include');
    await compileKernels({ compiler, folder, headers, ...abortable });
    await check(join(folder, KERNELS), signal);
    rmSync(headers, { recursive: true, force: true });
    const names = [KERNELS, ...readdirSync(library).map((file) => `${ONEDNN_FOLDER}/${file}`)];
    return Object.fromEntries(names.map((name) => [name, statSync(join(folder, name)).size]));
  } catch (error) {
    rmSync(join(folder, KERNELS), { force: true });
    rmSync(library, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}
