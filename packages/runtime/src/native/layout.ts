import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeFolder } from '../machine/cache.ts';
import { bindingHash } from './binding.ts';

/** The TensorFlow whose wheel is installed; the binding of tfjs-node 4.22 builds against it unchanged. */
export const TENSORFLOW_VERSION = '2.21.0';
/** The `@tensorflow/tfjs-node-gpu` whose JavaScript and sources of the binding are installed. */
export const TFJS_NODE_VERSION = '4.22.0';

/** `cpu` is the wheel `tensorflow-cpu`, `cuda` is `tensorflow` with the NVIDIA wheels it names under `and-cuda`. */
export type Flavor = 'cpu' | 'cuda';

export const ADDON = 'tfjs_binding.node';
/** The folder of the package `@tensorflow/tfjs-node-gpu`, as npm packs it. */
export const TFJS_NODE_FOLDER = 'tfjs-node';
/** Silences TensorFlow's notes at load; nothing else depends on it. */
export const MUTE = 'mute.node';
/** Ops of our own; without it TensorFlow's are used, which are slower. */
export const KERNELS = 'kernels.node';
/** The folder of oneDNN's library, which `KERNELS` needs. */
export const ONEDNN_FOLDER = 'onednn';
export const MARKER = 'ready.json';

/** Written last: what it lists is there and was seen to work. */
export interface Marker {
  format: 1;
  tensorflow: string;
  tfjsNode: string;
  flavor: Flavor;
  /** `bindingHash` of the version that built it; versions before 0.1 wrote none. */
  binding?: string;
  installed: string;
  /** Path inside the folder to size in bytes. */
  files: Record<string, number>;
}

/** The folder of an installed flavor, in the user's cache. */
export function nativeFolder(flavor: Flavor, cacheDir?: string): string {
  const machine = `${process.platform}-${process.arch}`;
  return join(
    runtimeFolder(cacheDir),
    `tensorflow-${TENSORFLOW_VERSION}-tfjs-node-${TFJS_NODE_VERSION}-${flavor}-${machine}`,
  );
}

/**
 * Reads the marker of an installation and checks that its files are whole; a sentence says what is wrong. One that is
 * `outdated` was built from other sources than this version's: it works, without our kernels.
 */
export function readInstallation(
  folder: string,
): { marker: Marker; outdated: boolean } | { broken: string } | undefined {
  const path = join(folder, MARKER);
  if (!existsSync(path)) return undefined;
  let marker: Marker;
  try {
    marker = JSON.parse(readFileSync(path, 'utf8')) as Marker;
  } catch {
    return { broken: `${path} is not JSON` };
  }
  if (marker.format !== 1 || typeof marker.files !== 'object')
    return { broken: `${path} was written by another version` };
  for (const [name, size] of Object.entries(marker.files)) {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) return { broken: `${file} is missing` };
    if (found.size !== size) return { broken: `${file} has ${found.size} bytes, ${size} were installed` };
  }
  return { marker, outdated: marker.binding !== bindingHash() };
}
