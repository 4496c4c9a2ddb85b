import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This package's own sources, linked into tfjs-node's binding. */
export const LINKED_SOURCES = ['quiet.cc', 'list-attributes.cc'];
export const MUTE_SOURCE = 'mute.cc';
/** Sources of the addon with ops of our own, and what they include. */
export const KERNEL_SOURCES = [
  'kernels/activation.cc',
  'kernels/addon.cc',
  'kernels/bernoulli.cc',
  'kernels/convolution.cc',
  'kernels/direct.cc',
  'kernels/depthwise.cc',
  'kernels/focal-loss.cc',
  'kernels/fold-norm.cc',
  'kernels/roi-align.cc',
  'kernels/update.cc',
  'kernels/winograd.cc',
];
const KERNEL_HEADERS = ['direct', 'logistic', 'op', 'parallel', 'vector', 'winograd', 'workspace'].map(
  (name) => `kernels/${name}.h`,
);
/** What stands for the support libraries of Intel's compiler that oneDNN's build asks for. */
export const INTEL_SOURCE = 'kernels/intel.cc';
export const INTEL_LIBRARIES = ['libimf.so', 'libintlc.so.5'];

/** Flags of both addons; those that name folders are `compileAddon`'s. */
export const COMPILER_FLAGS = ['-O2', '-std=c++17', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'];
/** Flags of tfjs-node's binding: list-attributes.cc stands before one function of TensorFlow. */
export const BINDING_FLAGS = ['-DNODE_GYP_MODULE_NAME=tfjs_binding', '-Wl,--wrap=TFE_OpSetAttrString'];

/**
 * Flags of the addon with ops of our own. Its loops are written to be vectorised; the machine it is built on is the one
 * it runs on.
 */
export const KERNEL_FLAGS = ['-O3', '-march=native', '-fopenmp-simd'];

/** The path of one of this package's C++ sources. */
export function nativeSource(name: string): string {
  return fileURLToPath(new URL(`../../native/${name}`, import.meta.url));
}

/**
 * What the addons are built from, as a hash: where an installation has another one, an older or newer version of this
 * package made it. (The versions of TensorFlow and of tfjs-node are in the name of its folder.)
 */
export function bindingHash(): string {
  const hash = createHash('sha256').update(JSON.stringify([COMPILER_FLAGS, BINDING_FLAGS, KERNEL_FLAGS]));
  for (const name of [...LINKED_SOURCES, MUTE_SOURCE, ...KERNEL_SOURCES, ...KERNEL_HEADERS, INTEL_SOURCE])
    hash.update(`\0${name}\0`).update(readFileSync(nativeSource(name)));
  return hash.digest('hex').slice(0, 16);
}
